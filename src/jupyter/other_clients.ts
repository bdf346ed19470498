import { randomUUID } from 'node:crypto'
import type { KernelMessage } from './messages.ts'

const sessionPrefix = 'nbtrigger-'

/** A new session id for one run, by which other runs recognise its messages as those of a run. */
export function newSessionId(): string {
  return `${sessionPrefix}${randomUUID()}`
}

/** Notices that other clients use the kernel: its messages reach all its clients. */
export class OtherClients {
  readonly #sessionId: string
  #seen: 'nobody' | 'client' | 'run' = 'nobody'

  constructor(sessionId: string) {
    this.#sessionId = sessionId
  }

  observe({ type, parentSession }: KernelMessage): void {
    if (parentSession === null || parentSession === this.#sessionId) return
    const isRun = parentSession.startsWith(sessionPrefix)
    // A front end that only watches sends requests too, and what it displays may be old.
    if (isRun && (type === 'status' || type === 'execute_input')) this.#seen = 'run'
    else if (type === 'execute_input' && this.#seen === 'nobody') this.#seen = 'client'
  }

  /** The warning for the report; null when there were no other clients. */
  warning(kernelId: string): string | null {
    if (this.#seen === 'nobody') return null
    const who = this.#seen === 'run' ? 'Another run used' : 'Somebody else ran code in'
    return (
      `${who} the kernel ${kernelId} during this run: variables and outputs may be mixed up; ` +
      'give each run a kernel of its own'
    )
  }
}
