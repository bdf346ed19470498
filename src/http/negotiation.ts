import Negotiator from 'negotiator'
import type { CellResult } from '../events.ts'

/** What the client would like to have. */
export interface Negotiation {
  /** The `Accept` header. */
  readonly accept: string
  /** Only the result, in whatever type. */
  readonly resultOnly: boolean
}

export const eventsType = 'text/event-stream'

export function readNegotiation(accept: string | undefined, resultOnly: boolean): Negotiation {
  // Every text that we send is UTF-8, and whoever asks for that says nothing new.
  const bare = accept?.replaceAll(/;\s*charset="?utf-?8"?/gi, '').trim()
  return { accept: bare === undefined || bare === '' ? '*/*' : bare, resultOnly }
}

/** Whether the client wants the run's events, which has to be known before there is a result. */
export function acceptsEvents(negotiation: Negotiation): boolean {
  return negotiator(negotiation).mediaTypes()[0] === eventsType
}

/** Whether the executed notebook is to come as a page behind the events. */
export function acceptsPage(negotiation: Negotiation): boolean {
  return negotiator(negotiation).mediaTypes().includes('text/html')
}

/** The type that the client likes best of those that are offered; undefined when it likes none. */
export function preferredType(
  negotiation: Negotiation,
  offered: readonly string[],
): string | undefined {
  return negotiator(negotiation).mediaTypes([...offered])[0]
}

/** The types that the result has; what is no type cannot go into a header. */
export function resultTypes(result: CellResult | null): readonly string[] {
  return Object.keys(result?.data ?? {}).filter((name) => /^[\w.+-]+\/[\w.+-]+$/.test(name))
}

function negotiator({ accept }: Negotiation): Negotiator {
  return new Negotiator({ headers: { accept } })
}
