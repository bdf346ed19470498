import { createHash, randomUUID } from 'node:crypto'

const sessionPrefix = 'nbtrigger-'

/**
 * The ids by which a server and a kernel know a run. They follow from the run's own id, so that what
 * belongs to a run can be found by it.
 */
export class RunIds {
  readonly #runId: string

  constructor(runId: string = randomUUID()) {
    this.#runId = runId
  }

  /** The session of its WebSockets, by which other runs recognise its messages as those of a run. */
  get session(): string {
    return `${sessionPrefix}${this.#runId}`
  }

  /** The kernel that it starts first, in the form of a UUID of version 4 (RFC 9562, 5.4). */
  get kernel(): string {
    const hex = createHash('sha256').update(`${this.#runId} kernel`).digest('hex')
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      variant + hex.slice(17, 20),
      hex.slice(20, 32),
    ].join('-')
  }

  /** A request that runs a cell: `cell` counts the cells to run, and `attempt` the requests, from 1. */
  request(cell: number, attempt: number): string {
    return `${this.#runId}/${cell}/${attempt}`
  }
}

/** Whether a session is one of a run. */
export function isRunSession(session: string): boolean {
  return session.startsWith(sessionPrefix)
}
