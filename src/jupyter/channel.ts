import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import pRetry from 'p-retry'
import { isTemporary, leavesRun, RunError } from '../errors.ts'
import { repeatedly } from '../util/abort.ts'
import type { ClientMessage } from './client_messages.ts'
import type { ChannelEndpoint } from './kernels.ts'
import { type KernelMessage, readMessage, reconnected } from './messages.ts'
import { readOversized } from './oversize_filter.ts'
import { ReconnectBudget } from './reconnect_budget.ts'
import { Rollover, type RolloverPlan } from './rollover.ts'
import { HandshakeRefused, type KernelSocket, openSocket, type SocketListener } from './socket.ts'

const maxMessageBytes = 10 * 1024 * 1024 // Tornado's limit, which Jupyter Server does not raise
const handshakeMs = 10_000 // the server does not wait for a running kernel, so it responds at once
const pauseAtBytes = 8 * 1024 * 1024
/** What an empty message takes in memory. */
const bytesPerMessage = 400
const messageTooBig = 1009 // RFC 6455, 7.4.1

/** When a new connection that may lose messages is tried again; each time twice as late, at most. */
const firstProbeMs = 1_000
const maxProbeMs = 30_000
/** So many checks without a sign of the kernel, and the connection is opened again. */
const maxSilentChecks = 3

/** While messages wait, timers and other runs get a turn of the event loop at least this often. */
const turnMs = 20

interface ReceivedMessage {
  readonly message: KernelMessage
  readonly bytes: number
}

/**
 * The messages of one kernel, in order, over a WebSocket that is opened again when it breaks: the
 * server buffers the kernel's messages for the same session meanwhile. Where that happened,
 * `next()` returns a message of type `reconnected`, unless the WebSocket was replaced as planned.
 */
export class KernelChannel implements AsyncDisposable {
  readonly #endpoint: ChannelEndpoint
  readonly #queue = new MessageQueue<ReceivedMessage>()
  readonly #closing = new AbortController()
  readonly #budget = new ReconnectBudget()
  readonly #rollover = new Rollover(() => this.#sendUnsent())
  #queuedBytes = 0
  #turnTick = 0
  #isPaused = false
  /** Whether messages may have been lost before the connection that is opened next. */
  #isBroken = false
  #socket: KernelSocket | null = null
  #unsent: string[] = []
  #wasOpen = false
  /** Set while a new connection may lose what is sent: until the kernel has sent something on it. */
  #probing: Disposable | null = null
  /** On this connection. */
  #hasReceived = false
  #silentChecks = 0
  #end: RunError | null = null
  #wake: (() => void) | null = null
  #reconnecting: Promise<void> | null = null

  private constructor(endpoint: ChannelEndpoint) {
    this.#endpoint = endpoint
  }

  static async open(endpoint: ChannelEndpoint, signal: AbortSignal): Promise<KernelChannel> {
    const channel = new KernelChannel(endpoint)
    const connect = () => channel.#connect(signal)
    await pRetry(connect, {
      retries: 3,
      minTimeout: 300,
      shouldRetry: ({ error }) => isTemporary(error),
      signal,
    })
    return channel
  }

  /** Sends now, or when the connection is open again; throws CELL_TOO_LARGE. */
  send(message: ClientMessage): void {
    const bytes = Buffer.byteLength(message.text)
    if (bytes > maxMessageBytes) {
      throw new RunError(
        'CELL_TOO_LARGE',
        `Cannot send the cell: it has ${bytes} bytes and a Jupyter Server takes ${maxMessageBytes}`,
        { advice: 'read the data from a file instead' },
      )
    }
    this.#unsent.push(message.text)
    this.#sendUnsent()
  }

  /** Replaces the WebSocket by a new one each time it has reached an age. */
  limitSocketAge(plan: RolloverPlan): void {
    this.#rollover.start(plan)
  }

  /** Call between cells: the best time to replace a WebSocket that is old. Does not wait for it. */
  betweenCells(): void {
    this.#rollover.betweenCells()
  }

  /**
   * The next message. Throws the signal's reason, even if messages wait, or the error that ended the
   * channel.
   */
  async next(signal: AbortSignal): Promise<KernelMessage> {
    for (;;) {
      if (performance.now() - this.#turnTick > turnMs) await this.#yieldToOthers()
      signal.throwIfAborted()
      const first = this.#queue.take()
      if (first !== undefined) {
        this.#release(first.bytes)
        return first.message
      }
      if (this.#end !== null) throw this.#end
      await this.#nextEvent(signal)
      this.#turnTick = performance.now()
    }
  }

  /**
   * For regular calls where the server may have lost its own connection to the kernel without a word:
   * asks a kernel that has been silent since the last call, which answers even while a cell runs, and
   * opens another connection when it does not.
   */
  checkSilence(): void {
    if (this.#isPaused || !this.#socket?.isOpen || this.#probing !== null) return
    this.#silentChecks += 1
    if (this.#silentChecks > maxSilentChecks) this.reopen()
    else if (this.#silentChecks > 1) this.#socket.send(this.#endpoint.createProbe().text)
  }

  /** Closes the connection and opens another one. */
  reopen(): void {
    void this.#socket?.close() // its end is handled as that of any connection
  }

  /** Ends the channel: after the messages that have come, `next()` throws `error`. */
  end(error: RunError): void {
    this.#end ??= error
    this.#closing.abort(error)
    this.#wake?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(new RunError('CANCELLED', 'Cannot go on: the channel is closed'))
    await this.#rollover[Symbol.asyncDispose]()
    await this.#reconnecting
    await this.#socket?.close()
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const headers = await this.#endpoint.headers(signal)
    const isReopened = this.#wasOpen
    this.#hasReceived = false
    this.#silentChecks = 0
    this.#isPaused = false
    this.#socket = await openSocket({ url: this.#endpoint.url, headers }, this.#listener(), signal)
    this.#rollover.opened(this.#socket)
    // A Jupyter Server in gateway mode loses what it gets before it is connected to the other server.
    const mayLose = isReopened && !this.#socket.isV1 && !this.#hasReceived
    if (mayLose) this.#probe(this.#socket)
    else this.#sendUnsent()
  }

  /** Sends requests that matter to nobody, until the kernel sends something. */
  #probe(socket: KernelSocket): void {
    const send = () => socket.send(this.#endpoint.createProbe().text)
    this.#probing = repeatedly(send, { firstMs: firstProbeMs, maxMs: maxProbeMs })
  }

  #endProbe(): void {
    this.#probing?.[Symbol.dispose]()
    this.#probing = null
  }

  #sendUnsent(): void {
    if (!this.#socket?.isOpen || this.#rollover.isUnderWay || this.#probing !== null) return
    for (const text of this.#unsent.splice(0)) this.#socket.send(text)
  }

  #listener(): SocketListener {
    return {
      onOpen: () => {
        this.#budget.connected()
        if (this.#isBroken) this.#add(reconnected, 0)
        this.#isBroken = false
        this.#wasOpen = true
      },
      onFrame: (data, isBinary, isV1) => {
        this.#received()
        const message = readMessage(data, isBinary, isV1)
        if (message.type !== 'unreadable') this.#budget.received()
        this.#add(message, data.length)
      },
      onOversized: (head, bytes) => {
        this.#received()
        this.#add(readOversized(head, bytes), 0)
      },
      onClose: (code, error) => {
        this.#socket = null
        this.#endProbe()
        if (this.#rollover.closed(code)) this.#budget.replaced()
        else this.#disconnected()
        if (error !== null && error.code !== 'CONNECTION_LOST') this.end(error)
        else if (code === messageTooBig) this.end(refusedAsTooBig())
        if (!this.#closing.signal.aborted) this.#reconnecting = this.#reconnect(error)
      },
    }
  }

  /** The kernel has sent something: messages to it arrive, too. */
  #received(): void {
    this.#rollover.received()
    this.#hasReceived = true
    this.#silentChecks = 0
    if (this.#probing === null) return
    this.#endProbe()
    this.#sendUnsent()
  }

  #disconnected(): void {
    this.#budget.disconnected()
    this.#isBroken = true
  }

  #add(message: KernelMessage, messageBytes: number): void {
    const bytes = messageBytes + bytesPerMessage
    this.#queue.add({ message, bytes })
    this.#queuedBytes += bytes
    if (this.#queuedBytes > pauseAtBytes && !this.#isPaused && this.#socket !== null) {
      this.#isPaused = true
      this.#socket.pause()
    }
    this.#wake?.()
  }

  #release(bytes: number): void {
    this.#queuedBytes -= bytes
    if (this.#isPaused && this.#queuedBytes <= pauseAtBytes / 2) {
      this.#isPaused = false
      this.#socket?.resume()
    }
  }

  /** Never rejects: a connection that does not come back ends the channel. `cause` broke it. */
  async #reconnect(cause: unknown): Promise<void> {
    const { signal } = this.#closing
    for (let problem = cause; !signal.aborted;) {
      const exhausted = this.#budget.exhausted()
      if (exhausted !== null) return this.end(lost(exhausted + reasonOf(problem), problem))
      try {
        await delay(this.#budget.nextDelay(), undefined, { signal })
        return await this.#connect(AbortSignal.any([signal, AbortSignal.timeout(handshakeMs)]))
      } catch (error) {
        const final = finalError(error)
        if (final !== null) this.end(final)
        problem = error
      }
    }
  }

  /** Waiting messages are returned without a turn of the event loop: no timer would fire. */
  async #yieldToOthers(): Promise<void> {
    await nextTurn()
    this.#turnTick = performance.now()
  }

  /** Resolves when a message is added, the channel ends or the signal aborts. */
  #nextEvent(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wake = null
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#wake = wake
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}

/** The error that makes another attempt pointless; null for any other. */
function finalError(error: unknown): RunError | null {
  if (error instanceof HandshakeRefused && error.status === 404) {
    return new RunError(
      'KERNEL_GONE',
      'Cannot go on: the connection broke, and the server does not know the kernel any more; ' +
        'it was restarted, or another instance answers now',
      { cause: error },
    )
  }
  if (error instanceof HandshakeRefused && (error.status === 401 || error.status === 403)) {
    return lost('the server refuses the token now', error)
  }
  if (!(error instanceof RunError)) return null
  return error.code === 'IAM_REFUSED' || leavesRun(error) ? error : null
}

function lost(reason: string, cause: unknown): RunError {
  return new RunError(
    'CONNECTION_LOST',
    `Cannot go on: the connection to the kernel broke and ${reason}`,
    { cause },
  )
}

/** Why the last attempt failed, where that is known, for the end of a message. */
function reasonOf(problem: unknown): string {
  const isKnown = problem instanceof RunError || problem instanceof HandshakeRefused
  return isKnown ? ` (${problem.message})` : ''
}

function refusedAsTooBig(): RunError {
  return new RunError(
    'CELL_TOO_LARGE',
    'Cannot send the cell: the server closed the connection because the message is too big',
    { advice: 'make the cell shorter: have it read its data from a file' },
  )
}

/** First in, first out; unlike `Array.shift()`, taking costs the same however many wait. */
export class MessageQueue<Message> {
  #messages: (Message | undefined)[] = []
  #next = 0

  add(message: Message): void {
    this.#messages.push(message)
  }

  /** The oldest message; undefined when there is none. */
  take(): Message | undefined {
    const message = this.#messages[this.#next]
    if (this.#next < this.#messages.length) {
      this.#messages[this.#next] = undefined // so that it can be garbage-collected
      this.#next += 1
    }
    if (this.#next === this.#messages.length) this.#clear()
    else if (this.#next >= compactAt) this.#compact()
    return message
  }

  #clear(): void {
    this.#messages = []
    this.#next = 0
  }

  /** Drops the places of taken messages when they are at least half of the array. */
  #compact(): void {
    if (2 * this.#next < this.#messages.length) return
    this.#messages = this.#messages.slice(this.#next)
    this.#next = 0
  }
}

const compactAt = 1024
