import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { RunError } from '../errors.ts'
import { neverAborts, noop } from '../util/abort.ts'
import { KernelChannel } from './channel.ts'
import {
  type ClientMessage,
  commUpdate,
  type ExecuteOptions,
  executeRequest,
  inspectRequest,
  kernelInfoRequest,
} from './client_messages.ts'
import { type ConnectedKernel, connectKernel, firstToConnect } from './connect_kernel.ts'
import { type GatewayStart, type KernelsApi, type NewKernel, OtherClients } from './kernels.ts'
import type { ExecuteReply, KernelMessage } from './messages.ts'
import { PendingRequest } from './pending_request.ts'
import { type RecordedTimes, Recording, type Replay } from './recording.ts'
import { RunIds } from './run_ids.ts'
import { ServerKernel, watchKernel } from './server_kernel.ts'

export interface WaitOptions {
  /**
   * Takes every message that comes meanwhile; `isAnswer` says whether it answers the request. What it
   * throws ends the waiting.
   */
  readonly onMessage?: (message: KernelMessage, isAnswer: boolean) => void
  readonly signal: AbortSignal
}

/** Takes each kernel that is started beside one that does not answer. */
export type OnSpare = (spare: Pick<NewKernel, 'id' | 'name'>) => void

export interface RequestOptions extends Partial<ExecuteOptions>, WaitOptions {}

/** What a process wrote down of its kernel, for another process that goes on with the run. */
export interface KnownKernel {
  readonly id: string
  /** The kernelspec's name. */
  readonly name: string
  /** The session of the kernel process; null when it does not show one. */
  readonly process: string | null
  readonly implementation: string
  readonly languageInfo: Readonly<Record<string, unknown>>
}

export interface NewKernelOptions {
  /** The kernelspec's name. */
  readonly name: string
  /** Whether it is left running in the end. */
  readonly keep: boolean
  /** How a gateway is to start it; null, or left out, on a Jupyter Server. */
  readonly gateway?: GatewayStart | null
  /** Of the run that starts it; left out for those of no run. */
  readonly ids?: RunIds
}

const intervalMs = 10_000
const deletionBudgetMs = 15_000
const spareDeletionMs = 5_000 // as long as a run that is stopped has

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
  /** The first that was started, until another one answers before it. */
  #onServer: ServerKernel
  /** All that were started. */
  readonly #started: ServerKernel[]
  /** The notebook's path, for whose folder they were started. */
  #path = ''
  readonly #keep: boolean
  readonly #gateway: GatewayStart | null
  readonly #ids: RunIds
  readonly #sessionId: string
  readonly #others: OtherClients
  /** How often each cell was requested, by its position. */
  readonly #attempts = new Map<number, number>()
  #channel: KernelChannel | null = null
  /** The session of the kernel process; null when it does not show one. */
  #process: string | null = null
  #watch: Disposable | null = null
  #ending: Promise<void> | null = null
  #recording: Recording | null = null
  /** Returns what was recorded, once, after `attach()`. */
  #replay: Replay | null = null

  private constructor(
    kernels: KernelsApi,
    onServer: ServerKernel,
    { ids, keep, gateway }: Required<Omit<NewKernelOptions, 'name'>>,
  ) {
    this.#kernels = kernels
    this.#onServer = onServer
    this.#started = [onServer]
    this.#keep = keep
    this.#gateway = gateway
    this.#ids = ids
    this.#sessionId = ids.session
    this.#others = new OtherClients(ids.session)
  }

  /** A kernel that does not run yet: `start()` starts it. */
  static create(
    kernels: KernelsApi,
    { name, keep, gateway = null, ids = new RunIds() }: NewKernelOptions,
  ): Kernel {
    const onServer = ServerKernel.create(kernels, { id: ids.kernel, name, gateway })
    return new Kernel(kernels, onServer, { ids, keep, gateway })
  }

  /** A kernel that runs already; it is left running. Throws KERNEL_NOT_FOUND. */
  static async find(
    kernels: KernelsApi,
    id: string,
    signal: AbortSignal,
    ids = new RunIds(),
  ): Promise<Kernel> {
    const found = await ServerKernel.find(kernels, id, signal)
    return new Kernel(kernels, found, { ids, keep: true, gateway: null })
  }

  /**
   * The kernel of an earlier process of the same run. Nothing is asked of it: it can be interrupted and
   * ended, and `reconnect()` connects it.
   */
  static ofEarlierProcess(
    kernels: KernelsApi,
    known: KnownKernel,
    { ids, keep }: Required<Pick<NewKernelOptions, 'ids' | 'keep'>>,
  ): Kernel {
    const onServer = ServerKernel.ofEarlierProcess(kernels, known)
    const kernel = new Kernel(kernels, onServer, { ids, keep, gateway: null }) // it runs already
    kernel.#process = known.process
    kernel.implementation = known.implementation
    kernel.languageInfo = known.languageInfo
    return kernel
  }

  get id(): string {
    return this.#onServer.id
  }

  /** What another process has to know to go on with the run; call once it is connected. */
  get known(): KnownKernel {
    const { id, name, implementation, languageInfo } = this
    return { id, name, process: this.#process, implementation, languageInfo }
  }

  /**
   * Waits until no other WebSocket to the kernel is open: then nothing that a dead process has sent can
   * reach the kernel any more. False when that does not come about in 15 s, or the server does not say.
   */
  async isAlone(signal: AbortSignal): Promise<boolean> {
    for (let seconds = 0; seconds < 15; seconds += 1) {
      const connections = (await this.#kernels.find(this.id, signal))?.connections
      if (connections === 1 || connections == null) return connections === 1
      await delay(1_000, undefined, { signal })
    }
    return false
  }

  /** The kernelspec's name. */
  get name(): string {
    return this.#onServer.name
  }

  /** Whether the server is a Kernel Gateway or an Enterprise Gateway. */
  get isOnGateway(): boolean {
    return this.#gateway !== null
  }

  /** Whether the server starts its kernels on another server, as far as is known. */
  get isBehindGateway(): boolean {
    return this.#kernels.isGatewayMode
  }

  /** Whether the server has or had it, as far as is known. */
  get existsOnServer(): boolean {
    return this.#started.some(({ existsOnServer }) => existsOnServer)
  }

  /** null until its deletion was tried, and afterwards when there was nothing to delete. */
  get deleted(): boolean | null {
    return this.deletionError === null ? this.#onServer.deleted : false
  }

  /** The warning that others used the kernel during the run; null when nobody did. */
  get sharedUse(): string | null {
    return this.#others.warning(this.id)
  }

  /** Why it, or one that was started beside it, could not be deleted. */
  get deletionError(): RunError | null {
    const errors = this.#started.map(({ deletionError }) => deletionError)
    return errors.find((error) => error !== null) ?? null
  }

  /** Has the server start the kernel, with the folder of `path` as its working directory. */
  async start(path: string, signal: AbortSignal): Promise<void> {
    this.#path = path
    await this.#onServer.start(path, signal)
  }

  /**
   * Opens the WebSocket and waits until the kernel replies. A new kernel that does not reply is replaced
   * by another one: `onSpare` is called for each that is started, and `id` changes if it is used.
   */
  async connect(signal: AbortSignal, onSpare: OnSpare = noop): Promise<void> {
    const first = this.#onServer
    const answering = first.isFound
      ? await this.#connectTo(first, signal)
      : await firstToConnect(
          (either) => this.#connectTo(first, either),
          (either) => this.#connectSpare(onSpare, either),
          signal,
        )
    this.#use(answering)
    this.#watchOver()
  }

  /**
   * Connects to the kernel of an earlier process, with the session that it had: the messages that the
   * server has kept since come first. Throws KERNEL_GONE when the server does not have it any more. Does
   * not wait for the kernel, in which a cell may run.
   */
  async reconnect(signal: AbortSignal): Promise<void> {
    await notConnected(this.#kernels, this.id, signal)
    const endpoint = this.#kernels.channel(this.id, this.#sessionId)
    this.#channel = await KernelChannel.open(endpoint, signal)
    this.#watchOver()
  }

  /** Whether a restart shows: then its messages come from another process. */
  get showsRestarts(): boolean {
    return this.#process !== null
  }

  /** Records from now on what the kernel is asked to run and what it says, for `attach()`. */
  record(): void {
    this.#recording = new Recording()
  }

  /**
   * Closes the connection; the server keeps what the kernel says until `attach()`.
   */
  async detach(signal: AbortSignal): Promise<void> {
    await this.ping({ signal }) // a server that is closed drops what it has not sent yet
    this.#watch?.[Symbol.dispose]()
    const channel = this.#channel
    this.#channel = null
    await channel?.[Symbol.asyncDispose]()
  }

  /**
   * Connects again after `detach()`. What was recorded is then returned once more, as if it happened
   * now: `execute()` gives the recorded id for the same code in the same order, and `next()` the
   * recorded messages. Throws KERNEL_DIED where the kernel was restarted, and why it cannot connect.
   */
  async attach(signal: AbortSignal): Promise<void> {
    const recording = this.#recording
    if (recording === null) throw new RunError('INTERNAL', 'Cannot attach: nothing was recorded')
    const late: KernelMessage[] = []
    const { channel } = await this.#connectTo(this.#onServer, signal, (each) => late.push(each))
    this.#channel = channel
    this.#recording = null
    this.#replay = recording.replay(late)
    this.#watchOver()
  }

  /** When a recorded request ran; null for one that runs now. */
  recordedTimes(request: string): RecordedTimes | null {
    return this.#replay?.timesOf(request) ?? null
  }

  /**
   * A server in gateway mode gives up its connection to the kernel after some failures, or at a
   * message with binary buffers, and keeps the one to its client (`GatewayWebSocketConnection`).
   */
  #checkGateway(wasUnreachable: boolean): void {
    if (!this.isBehindGateway) return
    if (wasUnreachable) this.#channel?.reopen()
    else if (this.implementation === 'ipython') this.#channel?.checkSilence()
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
    const recorded = this.#replay?.request(code) ?? null
    if (recorded !== null) return recorded
    const id = this.#send(executeRequest(code, options, this.#sessionId))
    this.#recording?.addRequest(id, code)
    return id
  }

  /** As `execute()`, with an id that follows from the run's; `position` counts the cells to run, from 1. */
  executeCell(position: number, code: string, options: ExecuteOptions): string {
    const attempt = this.attemptsOf(position) + 1
    this.#attempts.set(position, attempt)
    return this.execute(code, { ...options, id: this.#ids.request(position, attempt) })
  }

  /** How often a cell was requested. */
  attemptsOf(position: number): number {
    return this.#attempts.get(position) ?? 0
  }

  /** Call for a cell that an earlier process of the run requested so often; returns the last request. */
  setAttempts(position: number, attempts: number): string {
    this.#attempts.set(position, attempts)
    return this.#ids.request(position, attempts)
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
    if (this.#replay?.isOver === false) return // the kernel was told when it was recorded
    this.#send(commUpdate(commId, state, this.#sessionId))
  }

  /**
   * Replaces the WebSocket by a new one each time it has reached this age, so that no platform cuts it.
   * Call once it is connected.
   */
  limitSocketAge(lifetimeMs: number): void {
    const keepsMessages = async (isCellRunning: boolean, signal: AbortSignal) => {
      const kernel = await this.#kernels.find(this.id, signal)
      // The server keeps messages only after the last WebSocket was closed.
      if (kernel?.connections !== 1) return false
      // When it opens a WebSocket to a kernel that is not busy, the server drops a message.
      return !isCellRunning || kernel.state === 'busy'
    }
    this.#open().limitSocketAge({ lifetimeMs, keepsMessages })
  }

  /** Call when no cell runs, before the next one: the best time to replace an old WebSocket. */
  betweenCells(): void {
    this.#channel?.betweenCells()
  }

  /** The kernel's next message; throws KERNEL_DIED or KERNEL_GONE when the kernel ended. */
  async next(signal: AbortSignal): Promise<KernelMessage> {
    signal.throwIfAborted()
    const recorded = this.#replay?.message() ?? null
    if (recorded !== null) return recorded
    const message = await this.#open().next(signal)
    this.#observe(message)
    this.#recording?.add(message)
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

  /** Closes the connection, and leaves the kernel to another process. Never throws. */
  leave(): Promise<void> {
    this.#watch?.[Symbol.dispose]()
    this.#ending ??= this.#channel?.[Symbol.asyncDispose]() ?? Promise.resolve()
    return this.#ending
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end(deletionBudgetMs, neverAborts)
  }

  async #endWithin(budgetMs: number, giveUp: AbortSignal): Promise<void> {
    this.#watch?.[Symbol.dispose]()
    const closed = this.#channel?.[Symbol.asyncDispose]()
    const unused = this.#started.filter((each) => each !== this.#onServer || !this.#isKept())
    await Promise.all(unused.map((each) => each.delete(budgetMs, giveUp)))
    await closed
  }

  /** A new kernel that never replied is not kept even if it was to be: it is of no use. */
  #isKept(): boolean {
    return this.#onServer.isFound || (this.#keep && this.implementation !== '')
  }

  /** `take` takes the messages that come before the answer, and the answer. */
  async #connectTo(
    onServer: ServerKernel,
    signal: AbortSignal,
    take: (message: KernelMessage) => void = noop,
  ): Promise<ConnectedKernel> {
    const onMessage = (message: KernelMessage) => {
      this.#observe(message)
      take(message)
    }
    const options = { kernels: this.#kernels, sessionId: this.#sessionId, onMessage }
    return await connectKernel(onServer, options, signal)
  }

  async #connectSpare(onSpare: OnSpare, signal: AbortSignal): Promise<ConnectedKernel> {
    signal.throwIfAborted()
    const own = { id: randomUUID(), name: this.name, gateway: this.#gateway }
    const spare = ServerKernel.create(this.#kernels, own)
    this.#started.push(spare)
    await spare.start(this.#path, signal)
    onSpare({ id: spare.id, name: spare.name })
    return await this.#connectTo(spare, signal)
  }

  /** Takes the kernel that has answered; the others are deleted in the background. */
  #use({ onServer, channel, info }: ConnectedKernel): void {
    this.#onServer = onServer
    this.#channel = channel
    this.implementation = info.implementation || 'unknown'
    this.languageInfo = info.languageInfo
    // Some kernels have no session of their own and return the client's.
    this.#process = this.isFromServer(info) ? null : info.session
    for (const each of this.#started) {
      if (each !== onServer) void each.delete(spareDeletionMs, neverAborts) // never rejects
    }
  }

  #watchOver(): void {
    this.#watch = watchKernel(
      { kernels: this.#kernels, id: this.id, intervalMs },
      {
        onGone: () =>
          this.#channel?.end(kernelGone(this.id, 'the server does not know it any more')),
        onThere: (wasUnknown) => this.#checkGateway(wasUnknown),
      },
    )
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

  /** Throws KERNEL_DIED or KERNEL_GONE when the message says so. */
  #observe(message: KernelMessage): void {
    this.#others.observe(message)
    this.#checkAlive(message)
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
}

const pollMs = 100
const maxPolls = 20

/**
 * Waits a little until the connection of a dead process is closed: what comes on it in the meantime is
 * lost, and so is what the server sends on it while another one is opened. Throws KERNEL_GONE.
 */
async function notConnected(kernels: KernelsApi, id: string, signal: AbortSignal): Promise<void> {
  for (let polls = 0; polls < maxPolls; polls += 1) {
    const kernel = await kernels.find(id, signal)
    if (kernel === null) throw kernelGone(id, 'it ended while no process was connected to it')
    if (!kernel.connections) return
    await delay(pollMs, undefined, { signal })
  }
}

function kernelDied(): RunError {
  return new RunError(
    'KERNEL_DIED',
    'Cannot go on: the kernel process ended, as it does when it runs out of memory, crashes or is killed',
    { advice: 'give the server more memory, or load less data' },
  )
}

function kernelGone(id: string, reason: string): RunError {
  return new RunError('KERNEL_GONE', `Cannot go on: the kernel ${id} is gone, ${reason}`)
}
