import { messageOf } from '../errors.ts'

const firstDelayMs = 15_000

/** When to try a setup again that failed. Times are those of a monotonic clock, in milliseconds. */
export class BackOff {
  /** Why there are no warm kernels; null when nothing is wrong. */
  problem: string | null = null
  readonly #maxDelayMs: number
  readonly #now: () => number
  #key: string | null = null
  #failures = 0
  #nextTick = 0

  constructor(maxDelayMs: number, now: () => number = () => performance.now()) {
    this.#maxDelayMs = maxDelayMs
    this.#now = now
  }

  /** Always for another setup than the one that failed. */
  mayTry(key: string): boolean {
    return key !== this.#key || this.#now() >= this.#nextTick
  }

  succeeded(): void {
    this.problem = null
    this.#key = null
    this.#failures = 0
  }

  /** Returns whether this is to be logged: the first failure of a setup is. */
  failed(key: string, error: unknown): boolean {
    const isFirst = key !== this.#key || this.#failures === 0
    this.#failures = isFirst ? 1 : this.#failures + 1
    this.#key = key
    this.problem = messageOf(error)
    const delayMs = Math.min(firstDelayMs * 2 ** (this.#failures - 1), this.#maxDelayMs)
    this.#nextTick = this.#now() + delayMs
    return isFirst
  }
}
