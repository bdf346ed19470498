/** How long an outage may last. */
const maxOutageMs = 60_000
/** A connection that holds for so long is good, though its kernel may have had nothing to say. */
const steadyMs = 10_000
const firstDelayMs = 250
const maxDelayMs = 5_000
/** How often a run's connection may break: a number, and some for as long as the run lasts. */
const maxBreaks = 30
const breakEveryMs = 30_000

/**
 * When to connect again after a break, and when to give up. An outage ends when a message comes that
 * can be read, or when a connection holds; a handshake alone ends none, for a server may accept
 * every connection and break it. Times are those of a monotonic clock, in milliseconds.
 */
export class ReconnectBudget {
  readonly #now: () => number
  readonly #startTick: number
  #breaks = 0
  #attempts = 0
  #openTick: number | null = null
  #outageTick: number | null = null

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#startTick = now()
  }

  /** A connection is open. */
  opened(): void {
    this.#openTick = this.#now()
  }

  /** A message came that can be read: the outage is over. */
  heard(): void {
    this.#attempts = 0
    this.#outageTick = null
  }

  /** The connection that was open broke. */
  broke(): void {
    const tick = this.#now()
    if (this.#openTick !== null && tick - this.#openTick >= steadyMs) this.heard()
    this.#openTick = null
    this.#breaks += 1
    this.#outageTick ??= tick
  }

  /** The milliseconds to wait before the next attempt: none before an outage's first one. */
  nextDelay(): number {
    const delay = this.#attempts === 0 ? 0 : firstDelayMs * 2 ** (this.#attempts - 1)
    this.#attempts += 1
    // Half of it is random, so that many runs do not come back all at once.
    return Math.min(delay, maxDelayMs) * (0.5 + Math.random() / 2)
  }

  /** Why there is no further attempt, for "the connection to the kernel broke and ..."; else null. */
  exhausted(): string | null {
    const tick = this.#now()
    const lastedMs = tick - this.#startTick
    if (this.#breaks > maxBreaks + lastedMs / breakEveryMs) {
      return `does not hold: it broke ${this.#breaks} times within ${Math.ceil(lastedMs / 1000)} s`
    }
    const isLate = this.#outageTick !== null && tick - this.#outageTick > maxOutageMs
    return isLate ? `did not come back within ${maxOutageMs / 1000} s` : null
  }
}
