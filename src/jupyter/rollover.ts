import { abortable, noop } from '../util/abort.ts'
import { maxTimerMs } from '../util/duration.ts'
import type { KernelSocket } from './socket.ts'
import { SocketAge } from './socket_age.ts'

export interface RolloverPlan {
  /** Age in milliseconds at which a socket is replaced. */
  readonly lifetimeMs: number
  /**
   * Whether the server keeps what the kernel sends while this client, and no other, has its socket
   * closed; `isCellRunning` where an answer to a cell may still come.
   */
  readonly keepsMessages: (isCellRunning: boolean, signal: AbortSignal) => Promise<boolean>
}

const maxPreparationMs = 10_000
const maxCloseMs = 10_000
/** With an answer within this time, the server has little more to send than what is on its way. */
const promptMs = 1_000
const maxPings = 5
const normalClosure = 1000 // RFC 6455, 7.4.1

/**
 * Replaces the WebSocket of a kernel before a platform cuts it, so that no message is lost: it closes
 * the socket in an orderly way, and the channel opens another one with the same session, to which the
 * server sends what the kernel sent meanwhile. Two sockets at a time would lose messages, because the
 * server gives the second one new connections to the kernel.
 *
 * Tornado drops what it has not sent yet when it receives a close frame. So a ping goes first, whose
 * answer comes after all that waits, and the server's close frame tells whether anything was dropped:
 * it is the last to be sent.
 */
export class Rollover implements AsyncDisposable {
  #plan: RolloverPlan | null = null
  #age = new SocketAge(null)
  readonly #onPostponed: () => void
  #socket: KernelSocket | null = null
  #state: 'waiting' | 'preparing' | 'closing' = 'waiting'
  #attempt = new AbortController()
  #underWay: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  /** `onPostponed` is called when `isUnderWay` has become false and the socket stays. */
  constructor(onPostponed: () => void) {
    this.#onPostponed = onPostponed
  }

  /** From now on, sockets are replaced at the age that the plan says. */
  start(plan: RolloverPlan): void {
    this.#plan = plan
    this.#age = new SocketAge(plan.lifetimeMs)
    if (this.#socket !== null) this.opened(this.#socket)
  }

  /** Nothing may be sent meanwhile: it goes to the next socket, or after `onPostponed`. */
  get isUnderWay(): boolean {
    return this.#state !== 'waiting'
  }

  /** Call with each socket when it is open. */
  opened(socket: KernelSocket): void {
    this.#socket = socket
    // A server that does not speak v1 may pass the kernel's messages on without keeping any, as
    // Jupyter Server does in front of a gateway (gateway/connections.py).
    if (this.#plan === null || !socket.isV1) return
    this.#age.opened()
    this.#schedule()
  }

  /** Call for each message. */
  received(): void {
    this.#age.received()
  }

  /** Call when the socket is closed, with the code; returns whether nothing was lost with it. */
  closed(code: number): boolean {
    const isComplete = this.#state === 'closing' && code === normalClosure
    this.#stop()
    return isComplete
  }

  /** Replaces the socket if it has reached its lifetime. Call when no cell runs; does not wait. */
  betweenCells(): void {
    if (this.#age.isDue()) this.#begin(false)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop()
    await this.#underWay
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#attempt.abort()
    this.#socket = null
    this.#state = 'waiting'
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    const ms = Math.min(this.#age.remainingMs(), maxTimerMs)
    this.#timer = setTimeout(() => this.#beginIfTime(), ms)
  }

  #beginIfTime(): void {
    if (this.#age.remainingMs() > 0) this.#schedule()
    else this.#begin(true)
  }

  #begin(isCellRunning: boolean): void {
    const socket = this.#socket
    if (socket === null || !socket.isOpen || this.isUnderWay) return
    clearTimeout(this.#timer)
    this.#state = 'preparing'
    this.#attempt = new AbortController()
    this.#underWay = this.#replace(socket, isCellRunning)
  }

  /** Never rejects. */
  async #replace(socket: KernelSocket, isCellRunning: boolean): Promise<void> {
    const { signal } = this.#attempt
    const limit = AbortSignal.any([signal, AbortSignal.timeout(maxPreparationMs)])
    const preparation = this.#isPrepared(socket, isCellRunning, limit)
    const isPrepared = await abortable(preparation, limit).catch(noop)
    if (signal.aborted) return
    if (isPrepared === true) {
      this.#state = 'closing'
      return await socket.close(maxCloseMs)
    }
    this.#state = 'waiting'
    this.#age.postpone()
    this.#schedule()
    this.#onPostponed()
  }

  async #isPrepared(
    socket: KernelSocket,
    isCellRunning: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!(await this.#plan?.keepsMessages(isCellRunning, signal))) return false
    for (let pings = 0; pings < maxPings; pings += 1) {
      if ((await socket.ping(signal)) < promptMs) return true
    }
    return false
  }
}
