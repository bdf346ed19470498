import Negotiator from 'negotiator'
import type { CellResult } from '../events.ts'

/** What the client would like to have. */
export interface Negotiation {
  /** The `Accept` header. */
  readonly accept: string
  /** Only the result, in whatever type. */
  readonly resultOnly: boolean
}

/** The forms that an answer can have. */
export type Representation =
  | { readonly type: 'report' | 'page' | 'notebook' }
  | { readonly type: 'result'; readonly mediaType: string }

export const eventsType = 'text/event-stream'

const forms: ReadonlyMap<string, Representation> = new Map([
  ['application/json', { type: 'report' }],
  ['text/html', { type: 'page' }],
  ['application/x-ipynb+json', { type: 'notebook' }],
])

export function readNegotiation(accept: string | undefined, resultOnly: boolean): Negotiation {
  // Every text that we send is UTF-8, and whoever asks for that says nothing new.
  const bare = accept?.replaceAll(/;\s*charset="?utf-?8"?/gi, '').trim()
  return { accept: bare === undefined || bare === '' ? '*/*' : bare, resultOnly }
}

/** Whether the client wants the run's events, which has to be known before there is a result. */
export function acceptsEvents(wanted: Negotiation): boolean {
  return negotiator(wanted).mediaTypes()[0] === eventsType
}

/** Whether the executed notebook is to come as a page behind the events. */
export function acceptsPage(wanted: Negotiation): boolean {
  return negotiator(wanted).mediaTypes().includes('text/html')
}

/** The form that the client likes best of those there are; null when it likes none. */
export function chooseRepresentation(
  wanted: Negotiation,
  result: CellResult | null,
): Representation | null {
  const ofResult = resultTypes(result).map(
    (name) => [name, { type: 'result', mediaType: name }] as const,
  )
  const offered = new Map<string, Representation>(
    wanted.resultOnly ? ofResult : [...ofResult, ...forms],
  )
  const order = [...(wanted.resultOnly ? [] : forms.keys()), ...ofResult.map(([name]) => name)]
  const [best] = negotiator(wanted).mediaTypes([...new Set(order)])
  return best === undefined ? null : (offered.get(best) ?? null)
}

/** The types that the result has; what is no type cannot go into a header. */
export function resultTypes(result: CellResult | null): readonly string[] {
  return Object.keys(result?.data ?? {}).filter((name) => /^[\w.+-]+\/[\w.+-]+$/.test(name))
}

function negotiator({ accept }: Negotiation): Negotiator {
  return new Negotiator({ headers: { accept } })
}
