import { randomUUID } from 'node:crypto'

/**
 * An id for a run: a UUID of version 7 (RFC 9562, 5.7), which begins with the time in milliseconds.
 * So a run is found by its id among others that are sorted by time.
 */
export function createRunId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

const version7 = /^([\da-f]{8})-([\da-f]{4})-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

/** When the id was created, in milliseconds since 1970; null for a text that is no such id. */
export function timeOfRunId(runId: string): number | null {
  const [, high, low] = version7.exec(runId) ?? []
  return high === undefined ? null : Number.parseInt(`${high}${low}`, 16)
}
