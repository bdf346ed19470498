import { RunError, type RunErrorOptions } from '../errors.ts'
import { neverAborts } from '../util/abort.ts'
import { KernelChannel } from './channel.ts'
import {
  type ClientMessage,
  commUpdate,
  type ExecuteOptions,
  executeRequest,
  inspectRequest,
  kernelInfoRequest,
} from './client_messages.ts'
import { type KernelsApi, newSessionId, OtherClients } from './kernels.ts'
import type { ExecuteReply, KernelMessage } from './messages.ts'
import { PendingRequest } from './pending_request.ts'
import { ServerKernel, watchKernel } from './server_kernel.ts'
import { HandshakeRefused } from './socket.ts'

export interface WaitOptions {
  /**
   * Takes every message that comes meanwhile; `isAnswer` says whether it answers the request. What it
   * throws ends the waiting.
   */
  readonly onMessage?: (message: KernelMessage, isAnswer: boolean) => void
  readonly signal: AbortSignal
}

export interface RequestOptions extends Partial<ExecuteOptions>, WaitOptions {}

const watchIntervalMs = 10_000
const startWatchIntervalMs = 2_000
const deletionBudgetMs = 15_000

/**
 * A kernel and the connection to it. Ending it deletes it, unless it is to be kept, and never throws:
 * `deleted` says afterwards whether it is gone, and `deletionError` why not.
 */
export class Kernel implements AsyncDisposable {
  /** "ipython" for Python; set once the kernel has answered. */
  implementation = ''
  /** What a notebook's metadata hold as `language_info`; empty until the kernel has answered. */
  languageInfo: Readonly<Record<string, unknown>> = {}
  readonly #kernels: KernelsApi
  readonly #onServer: ServerKernel
  readonly #keep: boolean
  readonly #sessionId = newSessionId()
  readonly #others = new OtherClients(this.#sessionId)
  #channel: KernelChannel | null = null
  /** The session of the kernel process; null when it does not show one. */
  #process: string | null = null
  #watch: Disposable | null = null
  #ending: Promise<void> | null = null

  private constructor(kernels: KernelsApi, onServer: ServerKernel, keep: boolean) {
    this.#kernels = kernels
    this.#onServer = onServer
    this.#keep = keep
  }

  /** A kernel that does not run yet: `start()` starts it. */
  static create(
    kernels: KernelsApi,
    { name, keep }: { readonly name: string; readonly keep: boolean },
  ): Kernel {
    return new Kernel(kernels, ServerKernel.create(kernels, name), keep)
  }

  /** A kernel that runs already; it is left running. Throws KERNEL_NOT_FOUND. */
  static async find(kernels: KernelsApi, id: string, signal: AbortSignal): Promise<Kernel> {
    return new Kernel(kernels, await ServerKernel.find(kernels, id, signal), true)
  }

  get id(): string {
    return this.#onServer.id
  }

  /** The kernelspec's name. */
  get name(): string {
    return this.#onServer.name
  }

  /** Whether the server has or had it, as far as is known. */
  get existsOnServer(): boolean {
    return this.#onServer.existsOnServer
  }

  /** null until its deletion was tried, and afterwards when there was nothing to delete. */
  get deleted(): boolean | null {
    return this.#onServer.deleted
  }

  /** The warning that others used the kernel during the run; null when nobody did. */
  get sharedUse(): string | null {
    return this.#others.warning(this.id)
  }

  /** Why it could not be deleted. */
  get deletionError(): RunError | null {
    return this.#onServer.deletionError
  }

  /** Has the server start the kernel, with the folder of `path` as its working directory. */
  async start(path: string, signal: AbortSignal): Promise<void> {
    await this.#onServer.start(path, signal)
  }

  /** Opens the WebSocket and waits until the kernel replies. */
  async connect(signal: AbortSignal): Promise<void> {
    const gone = new AbortController()
    const givenUp = () => gone.abort(startFailed(this.name, 'the server gave it up'))
    using _ = this.#watched(startWatchIntervalMs, givenUp)
    const either = AbortSignal.any([signal, gone.signal])
    try {
      this.#channel = await KernelChannel.open(
        this.#kernels.channel(this.id, this.#sessionId),
        either,
      )
    } catch (error) {
      throw error instanceof HandshakeRefused ? handshakeError(this.name, error) : error
    }
    // A run that uses the kernel already notices this one by it.
    if (this.#onServer.isFound) this.#send(kernelInfoRequest(this.#sessionId, 'control'))
    let request = this.ask()
    for (;;) {
      const message = await this.next(either)
      if (message.type === 'reconnected') request = this.ask()
      if (message.type === 'kernel_info_reply' && message.parentId === request) {
        this.implementation = message.implementation || 'unknown'
        this.languageInfo = message.languageInfo
        // Some kernels have no session of their own and return the client's.
        this.#process = this.isFromServer(message) ? null : message.session
        break
      }
    }
    this.#watch = this.#watched(watchIntervalMs, () => {
      this.#channel?.end(kernelGone(this.id, 'the server does not know it any more'))
    })
  }

  /**
   * Runs code and waits until it is over: until the reply and the idle status have come, in either
   * order. Resolves with the reply, whatever its status. Throws what `next()` throws, and
   * OUTPUT_TOO_LARGE where the reply was too large to be read.
   */
  async request(
    code: string,
    { stopOnError = true, silent = false, userExpressions = {}, ...wait }: RequestOptions,
  ): Promise<ExecuteReply> {
    const id = this.execute(code, { stopOnError, silent, userExpressions })
    const { reply } = await this.#untilOver(new PendingRequest(id), wait)
    if (reply !== null) return reply
    throw new RunError('INTERNAL', 'Cannot find the reply to a request that is over')
  }

  /** Sends a kernel_info request, and waits for the reply and the idle status. */
  async ping(wait: WaitOptions): Promise<void> {
    await this.#untilOver(new PendingRequest(this.ask()), wait)
  }

  /** Sends code to run and returns the id that replies and outputs name as their parent. */
  execute(code: string, options: ExecuteOptions): string {
    return this.#send(executeRequest(code, options, this.#sessionId))
  }

  /** Sends a kernel_info request, whose reply comes after those of all requests before it; its id. */
  ask(): string {
    return this.#send(kernelInfoRequest(this.#sessionId))
  }

  /** Inspects the object of this dotted name; the `inspect_reply` names the returned id. */
  inspect(name: string): string {
    return this.#send(inspectRequest(name, this.#sessionId))
  }

  /** Updates the kernel's state of a widget. */
  updateWidget(commId: string, state: Readonly<Record<string, unknown>>): void {
    this.#send(commUpdate(commId, state, this.#sessionId))
  }

  /** The kernel's next message; throws KERNEL_DIED or KERNEL_GONE when the kernel ended. */
  async next(signal: AbortSignal): Promise<KernelMessage> {
    const message = await this.#open().next(signal)
    this.#others.observe(message)
    this.#checkAlive(message)
    return message
  }

  /** Whether the server itself sent the message in the kernel's name: then it has our session. */
  isFromServer(message: KernelMessage): boolean {
    return message.session === this.#sessionId
  }

  /**
   * Which rate of output is above the server's limit, when the message is the notice in which the
   * server says that it drops output: "data" or "message"; null when the kernel printed it itself.
   */
  rateLimitNotice(message: KernelMessage): string | null {
    if (message.type !== 'stream' || !this.isFromServer(message)) return null
    return /^IOPub (data|message) rate exceeded/.exec(message.text)?.[1] ?? null
  }

  /** Raises KeyboardInterrupt, or its like, in the running cell. */
  async interrupt(signal: AbortSignal): Promise<void> {
    await this.#kernels.interrupt(this.id, signal)
  }

  /**
   * Deletes the kernel, or leaves it if it is to be kept, within `budgetMs` or until `giveUp` aborts.
   * Never throws.
   */
  end(budgetMs: number, giveUp: AbortSignal): Promise<void> {
    this.#ending ??= this.#endWithin(budgetMs, giveUp)
    return this.#ending
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end(deletionBudgetMs, neverAborts)
  }

  async #endWithin(budgetMs: number, giveUp: AbortSignal): Promise<void> {
    this.#watch?.[Symbol.dispose]()
    const closed = this.#channel?.[Symbol.asyncDispose]()
    if (!this.#isKept()) await this.#onServer.delete(budgetMs, giveUp)
    await closed
  }

  /** A new kernel that never replied is not kept even if it was to be: it is of no use. */
  #isKept(): boolean {
    return this.#onServer.isFound || (this.#keep && this.implementation !== '')
  }

  async #untilOver(
    request: PendingRequest,
    { onMessage, signal }: WaitOptions,
  ): Promise<PendingRequest> {
    while (!request.isOver) {
      const message = await this.next(signal)
      const isAnswer = request.take(message)
      onMessage?.(message, isAnswer)
    }
    return request
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
    if (message.type === 'shutdown_reply')
      throw kernelGone(this.id, 'it was shut down by somebody else')
    if (message.type === 'status') {
      const { state } = message
      if (state === 'restarting' || state === 'dead') throw kernelDied()
    }
    const { session } = message
    if (this.#process === null || session === null || this.isFromServer(message)) return
    if (session !== this.#process) throw kernelDied()
  }

  #watched(intervalMs: number, gone: () => void): Disposable {
    return watchKernel({ kernels: this.#kernels, id: this.id, intervalMs }, gone)
  }
}

function kernelDied(): RunError {
  return new RunError(
    'KERNEL_DIED',
    'Cannot go on: the kernel process ended; it may have run out of memory, crashed or been killed',
  )
}

function kernelGone(id: string, reason: string): RunError {
  return new RunError('KERNEL_GONE', `Cannot go on: the kernel ${id} is gone, ${reason}`)
}

function startFailed(name: string, reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel "${name}": ${reason}`,
    options,
  )
}

/** The error for a kernel whose WebSocket was refused although the kernel had started. */
function handshakeError(name: string, refused: HandshakeRefused): RunError {
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
    return startFailed(name, 'the server does not know it any more', {
      advice:
        'if several instances answer at this address, run one (--max-instances=1) or turn on session affinity',
    })
  }
  return startFailed(
    name,
    `the server answers the WebSocket with ${status}; the kernel may have failed to start, ` +
      'or a proxy on the way may not let WebSockets through',
  )
}
