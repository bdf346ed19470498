import { randomUUID } from 'node:crypto'
import { RunError, asRunError } from '../errors.ts'
import { deadline, until } from '../lifetime.ts'
import { KernelChannel } from './channel.ts'
import {
  executeRequest,
  kernelInfoRequest,
  type ClientMessage,
  type ExecuteOptions,
  type KernelMessage,
} from './messages.ts'
import type { JupyterServer } from './server.ts'
import { HandshakeRefused } from './socket.ts'

interface KernelFacts {
  readonly id: string
  readonly name: string
  readonly keep: boolean
  /** It was there before us. */
  readonly isFound?: boolean
}

const watchIntervalMs = 10_000
const startWatchIntervalMs = 2_000
const deletionBudgetMs = 15_000

/**
 * A kernel on the server, from its making to its deletion. Disposing deletes it, unless it is to
 * be kept, and never throws: whether it is gone stands in `deleted` afterwards, and why not in
 * `trouble`.
 */
export class Kernel implements AsyncDisposable {
  readonly id: string
  readonly name: string
  /** "ipython" for Python; set once the kernel has answered. */
  implementation = ''
  /** null until it was tried, and for ever when the kernel is left running. */
  deleted: boolean | null = null
  trouble: RunError | null = null
  readonly #server: JupyterServer
  readonly #keep: boolean
  readonly #isFound: boolean
  readonly #sessionId = randomUUID()
  #channel: KernelChannel | null = null
  readonly #ended = new AbortController()
  /** The session of the kernel process; null when it does not show one. */
  #process: string | null = null
  #watch: NodeJS.Timeout | undefined
  #ending: Promise<void> | null = null

  private constructor(server: JupyterServer, { id, name, keep, isFound = false }: KernelFacts) {
    this.#server = server
    this.id = id
    this.name = name
    this.#keep = keep
    this.#isFound = isFound
  }

  /** Makes a new kernel; if that fails half way, whatever the server made of it is deleted. */
  static async create(
    server: JupyterServer,
    { name, path, keep }: { readonly name: string; readonly path: string; readonly keep: boolean },
    signal: AbortSignal,
  ): Promise<Kernel> {
    const asked = randomUUID()
    try {
      const id = await server.createKernel({ id: asked, name, path }, signal)
      return new Kernel(server, { id, name, keep })
    } catch (error) {
      await new Kernel(server, { id: asked, name, keep: false }).end(deletionBudgetMs)
      throw error
    }
  }

  /** Takes a kernel that is there already; it is left running. */
  static async find(server: JupyterServer, id: string, signal: AbortSignal): Promise<Kernel> {
    const name = await server.kernelName(id, signal)
    if (name !== null) return new Kernel(server, { id, name, keep: true, isFound: true })
    throw new RunError(
      'KERNEL_NOT_FOUND',
      `Cannot run in the kernel "${id}": the server has no kernel of this id`,
    )
  }

  /** Opens the connection and waits until the kernel answers. */
  async connect(signal: AbortSignal): Promise<void> {
    using gone = this.#watchStart()
    const either = AbortSignal.any([signal, gone.signal])
    try {
      this.#channel = await KernelChannel.open(
        {
          url: this.#server.channelUrl(this.id, this.#sessionId),
          headers: () => this.#server.credentials('call'),
        },
        either,
      )
    } catch (error) {
      throw error instanceof HandshakeRefused ? this.#handshakeVerdict(error) : error
    }
    const request = kernelInfoRequest(this.#sessionId)
    this.#channel.send(request)
    for (;;) {
      const message = await this.next(either)
      if (message.type === 'kernel_info_reply' && message.parentId === request.id) {
        this.implementation = message.implementation || 'unknown'
        // Some kernels have no session of their own and give back that of whoever asked.
        this.#process = this.isFromServer(message) ? null : message.session
        break
      }
    }
    this.#watch = setInterval(() => void this.#lookAfter(), watchIntervalMs) // never rejects
  }

  /** Sends code to run and returns the id that the answers name as their parent. */
  execute(code: string, options: ExecuteOptions): string {
    return this.#send(executeRequest(code, options, this.#sessionId))
  }

  /** Asks for a reply that comes when everything sent before is over. */
  ask(): string {
    return this.#send(kernelInfoRequest(this.#sessionId))
  }

  /** The kernel's next message; throws KERNEL_DIED or KERNEL_GONE when it tells of its end. */
  async next(signal: AbortSignal): Promise<KernelMessage> {
    const message = await this.#open().next(signal)
    this.#checkAlive(message)
    return message
  }

  /** Whether a message comes from the server itself, in the kernel's name. */
  isFromServer(message: KernelMessage): boolean {
    return message.session === this.#sessionId
  }

  /** Raises KeyboardInterrupt, or its like, in the running cell. */
  async interrupt(signal: AbortSignal): Promise<void> {
    await this.#server.interruptKernel(this.id, signal)
  }

  /** Deletes the kernel within `budgetMs`, or leaves it if it is to be kept. Never throws. */
  end(budgetMs: number): Promise<void> {
    this.#ending ??= this.#endWithin(budgetMs)
    return this.#ending
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end(deletionBudgetMs)
  }

  async #endWithin(budgetMs: number): Promise<void> {
    clearInterval(this.#watch)
    this.#ended.abort()
    const closed = this.#channel?.[Symbol.asyncDispose]()
    if (!this.#isKept()) await this.#delete(budgetMs)
    await closed
  }

  /** A new kernel that never answered is of no use to anybody, even if it was to be kept. */
  #isKept(): boolean {
    return this.#isFound || (this.#keep && this.implementation !== '')
  }

  async #delete(budgetMs: number): Promise<void> {
    using limit = deadline(budgetMs, () => this.#notDeleted(budgetMs))
    try {
      await until(this.#server.deleteKernel(this.id, limit.signal), limit.signal)
      this.deleted = true
    } catch (error) {
      this.deleted = false
      this.trouble = asRunError(error)
    }
  }

  #notDeleted(budgetMs: number): RunError {
    return new RunError(
      'SERVER_UNREACHABLE',
      `Cannot delete the kernel ${this.id}: the server did not answer within ${budgetMs / 1000} s`,
    )
  }

  #send(message: ClientMessage): string {
    this.#open().send(message)
    return message.id
  }

  #open(): KernelChannel {
    if (this.#channel !== null) return this.#channel
    throw new RunError('INTERNAL', 'Cannot use the kernel before it is connected')
  }

  #checkAlive(message: KernelMessage): void {
    if (message.type === 'shutdown_reply') throw this.#gone('it was shut down by somebody else')
    if (message.type === 'status') {
      const { state } = message
      if (state === 'restarting' || state === 'dead') throw this.#died()
    }
    const { session } = message
    if (this.#process === null || session === null || this.isFromServer(message)) return
    if (session !== this.#process) throw this.#died()
  }

  /** A kernel that cannot start is forgotten by the server long before the socket says so. */
  #watchStart(): Disposable & { readonly signal: AbortSignal } {
    const controller = new AbortController()
    const look = async () => {
      const name = await this.#server.kernelName(this.id, controller.signal).catch(() => this.name)
      if (name === null) controller.abort(this.#startFailed('the server gave it up'))
    }
    const timer = setInterval(() => void look(), startWatchIntervalMs) // never rejects
    const stop = () => {
      clearInterval(timer)
      controller.abort()
    }
    return { signal: controller.signal, [Symbol.dispose]: stop }
  }

  /** A kernel that somebody deletes says nothing on the socket: only asking tells. */
  async #lookAfter(): Promise<void> {
    const limit = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(watchIntervalMs)])
    const name = await this.#server.kernelName(this.id, limit).catch(() => this.name)
    if (name === null) this.#channel?.end(this.#gone('the server does not know it any more'))
  }

  #handshakeVerdict(refused: HandshakeRefused): RunError {
    const { status } = refused
    if (status === 401 || status === 403) {
      return new RunError(
        'TOKEN_REFUSED',
        `Cannot connect to the kernel: the server refuses the WebSocket (${status}) though it took ` +
          'the token before',
        { cause: refused },
      )
    }
    if (status === 404) {
      return this.#startFailed(
        'the server does not know it any more; if several instances answer at this address, ' +
          'run one (--max-instances=1) or turn on session affinity',
      )
    }
    return this.#startFailed(
      `the server answers the WebSocket with ${status}; the kernel may have failed to start, ` +
        'or a proxy on the way may not let WebSockets through',
    )
  }

  #startFailed(reason: string): RunError {
    return new RunError('KERNEL_START_FAILED', `Cannot start the kernel "${this.name}": ${reason}`)
  }

  #gone(reason: string): RunError {
    return new RunError('KERNEL_GONE', `Cannot go on: the kernel ${this.id} is gone, ${reason}`)
  }

  #died(): RunError {
    return new RunError(
      'KERNEL_DIED',
      'Cannot go on: the kernel process ended; it may have run out of memory, crashed or been killed',
    )
  }
}
