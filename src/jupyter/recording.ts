import { RunError } from '../errors.ts'
import type { KernelMessage } from './messages.ts'

/** When a recorded request ran. */
export interface RecordedTimes {
  readonly startedAt: Date
  readonly endedAt: Date
}

interface RecordedRequest extends RecordedTimes {
  readonly id: string
  readonly code: string
}

/** What a kernel was asked to run, and all that it said, in order. */
export class Recording {
  readonly #requests: RecordedRequest[] = []
  readonly #messages: KernelMessage[] = []

  /** A request was sent, and those before it are over. */
  addRequest(id: string, code: string): void {
    const now = new Date()
    this.#requests.push({ id, code, startedAt: now, endedAt: now })
  }

  add(message: KernelMessage): void {
    this.#messages.push(message)
    const last = this.#requests.at(-1)
    if (last?.id === message.parentId) {
      this.#requests.splice(-1, 1, { ...last, endedAt: new Date() })
    }
  }

  /** `late`: what came when no request ran any more. */
  replay(late: readonly KernelMessage[]): Replay {
    return new Replay(this.#requests, [...this.#messages, ...late])
  }
}

/** Returns a recording to those who make the same requests again. */
export class Replay {
  readonly #requests: readonly RecordedRequest[]
  readonly #messages: readonly KernelMessage[]
  #nextRequest = 0
  #nextMessage = 0

  constructor(requests: readonly RecordedRequest[], messages: readonly KernelMessage[]) {
    this.#requests = requests
    this.#messages = messages
  }

  /** Whether all messages have been returned. */
  get isOver(): boolean {
    return this.#nextMessage === this.#messages.length
  }

  /** The id of the recorded request in place of the next one; null when all have been made. */
  request(code: string): string | null {
    const recorded = this.#requests[this.#nextRequest]
    if (recorded === undefined) return null
    if (recorded.code !== code) {
      throw new RunError('INTERNAL', 'Cannot replay a request: another one was recorded')
    }
    this.#nextRequest += 1
    return recorded.id
  }

  /** The next message; null when all have been returned. */
  message(): KernelMessage | null {
    const message = this.#messages[this.#nextMessage]
    if (message === undefined) return null
    this.#nextMessage += 1
    return message
  }

  timesOf(id: string): RecordedTimes | null {
    return this.#requests.find((request) => request.id === id) ?? null
  }
}
