/** What the page shows of the history, as stored in the hash of its URL. */
export type HistoryPlace =
  | {
      readonly type: 'runs'
      /** Empty for all. */
      readonly notebook: string
      /** Empty for all. */
      readonly outcome: string
    }
  | {
      readonly type: 'run'
      readonly runId: string
      /** Whether only the executed notebook is shown. */
      readonly isReport: boolean
    }

/** Reads "#runs?notebook=/x.ipynb", "#runs/ID" and "#runs/ID/report"; null for the hash of a folder or notebook. */
export function readHistoryPlace(hash: string): HistoryPlace | null {
  const [, runId, report, query = ''] =
    /^#runs(?:\/([\w-]+)(\/report)?)?(?:\?(.*))?$/.exec(hash) ?? []
  if (runId !== undefined) return { type: 'run', runId, isReport: report !== undefined }
  if (!/^#runs(?:$|\?)/.test(hash)) return null
  const given = new URLSearchParams(query)
  return {
    type: 'runs',
    notebook: given.get('notebook') ?? '',
    outcome: given.get('outcome') ?? '',
  }
}

export function historyHashOf(place: HistoryPlace): string {
  if (place.type === 'run') return `#runs/${place.runId}${place.isReport ? '/report' : ''}`
  const { notebook, outcome } = place
  const given = Object.entries({ notebook, outcome }).filter(([, value]) => value !== '')
  return given.length === 0 ? '#runs' : `#runs?${new URLSearchParams(given)}`
}
