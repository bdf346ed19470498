/** How long an outage may last. */
const maxOutageMs = 60_000
/** A connection that lasts so long ends an outage, even if the kernel sends nothing. */
const stableMs = 10_000
const firstDelayMs = 250
const maxDelayMs = 5_000
/** How often a run's connection may break: 30 times, and once more for every 30 s of the run. */
const maxBreaks = 30
const breakEveryMs = 30_000

/**
 * When to connect again after the connection broke, and when to give up. An outage ends with a
 * readable message or a connection that lasts, not with a handshake: a server may accept every
 * connection and break it. Times are those of a monotonic clock, in milliseconds.
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

  /** A connection was opened. */
  connected(): void {
    this.#openTick = this.#now()
  }

  /** A readable message was received: the outage is over. */
  received(): void {
    this.#attempts = 0
    this.#outageTick = null
  }

  /** The open connection broke. */
  disconnected(): void {
    const tick = this.#now()
    if (this.#openTick !== null && tick - this.#openTick >= stableMs) this.received()
    this.#openTick = null
    this.#breaks += 1
    this.#outageTick ??= tick
  }

  /** The open connection was closed in order to open another one, which is no break. */
  replaced(): void {
    this.received()
    this.#openTick = null
    this.#outageTick = this.#now()
  }

  /** The milliseconds to wait before the next attempt: 0 before the first one of an outage. */
  nextDelay(): number {
    const delay = this.#attempts === 0 ? 0 : firstDelayMs * 2 ** (this.#attempts - 1)
    this.#attempts += 1
    // Half of it is random, so that many runs do not reconnect at the same time.
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
