import Negotiator from 'negotiator'
import type { CellResult } from '../events.ts'

/** What the client accepts. */
export interface Negotiation {
  /** The `Accept` header. */
  readonly accept: string
  /** Whether the client wants only the result, in any type. */
  readonly resultOnly: boolean
}

export const eventsType = 'text/event-stream'

export function readNegotiation(accept: string | undefined, resultOnly: boolean): Negotiation {
  // All texts are sent as UTF-8, so this parameter changes nothing.
  const bare = accept?.replaceAll(/;\s*charset="?utf-?8"?/gi, '').trim()
  return { accept: bare === undefined || bare === '' ? '*/*' : bare, resultOnly }
}

/** Whether the client prefers the run's events; decided before there is a result. */
export function acceptsEvents(negotiation: Negotiation): boolean {
  return negotiator(negotiation).mediaTypes()[0] === eventsType
}

/** Whether the client wants the executed notebook as a page after the events. */
export function acceptsPage(negotiation: Negotiation): boolean {
  return negotiator(negotiation).mediaTypes().includes('text/html')
}

/** The offered type that the client prefers; undefined when it accepts none. */
export function preferredType(
  negotiation: Negotiation,
  offered: readonly string[],
): string | undefined {
  return negotiator(negotiation).mediaTypes([...offered])[0]
}

/** The media types of the result; keys that are not valid media types are left out. */
export function resultTypes(result: CellResult | null): readonly string[] {
  return Object.keys(result?.data ?? {}).filter((name) => /^[\w.+-]+\/[\w.+-]+$/.test(name))
}

function negotiator({ accept }: Negotiation): Negotiator {
  return new Negotiator({ headers: { accept } })
}
