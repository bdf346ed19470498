import { randomUUID } from 'node:crypto'
import type { KernelMessage } from './messages.ts'

const prefix = 'nbtrigger-'

/** An id for the session of one run, by which other runs know it as one of theirs. */
export function newSessionId(): string {
  return `${prefix}${randomUUID()}`
}

/** Notices from a kernel's messages, which reach all its clients, that others use it as well. */
export class OtherClients {
  readonly #sessionId: string
  #seen: 'nobody' | 'client' | 'run' = 'nobody'

  constructor(sessionId: string) {
    this.#sessionId = sessionId
  }

  hear({ type, parentSession }: KernelMessage): void {
    if (parentSession === null || parentSession === this.#sessionId) return
    const isRun = parentSession.startsWith(prefix)
    // A front end that only looks on asks the kernel, too, and what it displays may be old.
    if (isRun && (type === 'status' || type === 'execute_input')) this.#seen = 'run'
    else if (type === 'execute_input' && this.#seen === 'nobody') this.#seen = 'client'
  }

  /** What a report has to say of the others; null when there were none. */
  warning(kernelId: string): string | null {
    if (this.#seen === 'nobody') return null
    const who = this.#seen === 'run' ? 'Another run used' : 'Somebody else ran code in'
    return (
      `${who} the kernel ${kernelId} during this run: variables and outputs may be mixed up; ` +
      'give each run a kernel of its own'
    )
  }
}
