/** What the page shows of the history, as stored in the hash of its URL. */
export type HistoryPlace =
  | {
      readonly type: 'runs'
      /** Empty for all. */
      readonly notebook: string
      /** Empty for all. */
      readonly outcome: string
    }
  | { readonly type: 'run'; readonly runId: string }

/** Reads "#runs?notebook=/x.ipynb" and "#runs/ID"; null for the hash of a folder or notebook. */
export function readHistoryPlace(hash: string): HistoryPlace | null {
  const [, runId, query = ''] = /^#runs(?:\/([\w-]+))?(?:\?(.*))?$/.exec(hash) ?? []
  if (runId !== undefined) return { type: 'run', runId }
  if (!/^#runs(?:$|\?)/.test(hash)) return null
  const given = new URLSearchParams(query)
  return {
    type: 'runs',
    notebook: given.get('notebook') ?? '',
    outcome: given.get('outcome') ?? '',
  }
}

export function historyHashOf(place: HistoryPlace): string {
  if (place.type === 'run') return `#runs/${place.runId}`
  const { notebook, outcome } = place
  const given = Object.entries({ notebook, outcome }).filter(([, value]) => value !== '')
  return given.length === 0 ? '#runs' : `#runs?${new URLSearchParams(given)}`
}
