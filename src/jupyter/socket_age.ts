/** The kernel has sent nothing for so long: a pause in which the socket is replaced during a cell. */
const quietMs = 2_000
/** A socket is replaced this part of its lifetime later even if the kernel never pauses. */
const latestPart = 0.1
/** Part of its lifetime after which a socket that could not be replaced is tried again. */
const retryPart = 0.02
const minRetryMs = 250

/**
 * When a WebSocket is to be replaced by a new one, so that a platform that limits the age of requests
 * does not cut it. `lifetimeMs` is null for never. Times are those of a monotonic clock.
 */
export class SocketAge {
  readonly #lifetimeMs: number | null
  readonly #now: () => number
  #dueTick = Infinity
  #latestTick = Infinity
  #receivedTick = -Infinity
  #retryTick = -Infinity

  constructor(lifetimeMs: number | null, now: () => number = () => performance.now()) {
    this.#lifetimeMs = lifetimeMs
    this.#now = now
  }

  /** The socket was opened. */
  opened(): void {
    if (this.#lifetimeMs === null) return
    const tick = this.#now()
    this.#dueTick = tick + this.#lifetimeMs
    this.#latestTick = this.#dueTick + this.#lifetimeMs * latestPart
    this.#receivedTick = tick
    this.#retryTick = tick
  }

  /** A message was received. */
  received(): void {
    this.#receivedTick = this.#now()
  }

  /** Whether it has reached its lifetime, and is replaced as soon as no cell runs. */
  isDue(): boolean {
    return this.#now() >= Math.max(this.#dueTick, this.#retryTick)
  }

  /** The milliseconds until it is replaced even though a cell runs; Infinity for never. */
  remainingMs(): number {
    const quietTick = Math.max(this.#dueTick, this.#receivedTick + quietMs)
    const tick = Math.max(Math.min(quietTick, this.#latestTick), this.#retryTick)
    return Math.max(0, tick - this.#now())
  }

  /** It could not be replaced now. */
  postpone(): void {
    const retryMs = Math.max(minRetryMs, (this.#lifetimeMs ?? 0) * retryPart)
    this.#retryTick = this.#now() + retryMs
  }
}
