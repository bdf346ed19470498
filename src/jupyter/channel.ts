import { setTimeout as delay, setImmediate as othersTurn } from 'node:timers/promises'
import pRetry from 'p-retry'
import { isTemporary, RunError } from '../errors.ts'
import type { ClientMessage } from './client_messages.ts'
import { type KernelMessage, readMessage, reconnected } from './messages.ts'
import { readOversized } from './oversize_filter.ts'
import { ReconnectBudget } from './reconnect_budget.ts'
import { HandshakeRefused, type KernelSocket, openSocket, type SocketListener } from './socket.ts'

export interface ChannelEndpoint {
  readonly url: URL
  /** Asked anew for every connection, since what they hold may expire. */
  readonly headers: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>
}

const maxMessageBytes = 10 * 1024 * 1024 // Tornado's limit, which Jupyter Server does not raise
const handshakeMs = 10_000 // a kernel that runs is not waited for, so the answer comes at once
const pauseAtBytes = 8 * 1024 * 1024
/** What even an empty message takes in memory. */
const bytesPerMessage = 400
const tooBig = 1009

/** Timers and other runs wait for no longer than this while messages are there to be taken. */
const turnMs = 20

interface Arrived {
  readonly message: KernelMessage
  readonly bytes: number
}

/**
 * The messages of one kernel, in order, over a socket that is opened again when it breaks: the
 * server keeps what the kernel says meanwhile for the same session. Where that happened,
 * `next()` gives a message of type `reconnected`.
 */
export class KernelChannel implements AsyncDisposable {
  readonly #endpoint: ChannelEndpoint
  readonly #arrived = new MessageQueue<Arrived>()
  readonly #closing = new AbortController()
  readonly #budget = new ReconnectBudget()
  #arrivedBytes = 0
  #turnTick = 0
  #isPaused = false
  #wasOpen = false
  #socket: KernelSocket | null = null
  #unsent: string[] = []
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

  /** Sends now, or as soon as the connection is there again. */
  send(message: ClientMessage): void {
    const bytes = Buffer.byteLength(message.text)
    if (bytes > maxMessageBytes) {
      throw new RunError(
        'CELL_TOO_LARGE',
        `Cannot send the cell: it has ${bytes} bytes and a Jupyter Server takes ${maxMessageBytes}`,
        { advice: 'read the data from a file instead' },
      )
    }
    if (this.#socket?.isOpen) this.#socket.send(message.text)
    else this.#unsent.push(message.text)
  }

  /**
   * The next message; throws the signal's reason, however many messages are there, or why there
   * will be no further message.
   */
  async next(signal: AbortSignal): Promise<KernelMessage> {
    for (;;) {
      if (performance.now() - this.#turnTick > turnMs) await this.#letOthersRun()
      signal.throwIfAborted()
      const first = this.#arrived.take()
      if (first !== undefined) {
        this.#took(first.bytes)
        return first.message
      }
      if (this.#end !== null) throw this.#end
      await this.#somethingNew(signal)
      this.#turnTick = performance.now()
    }
  }

  /** No message comes after those that are here: `next()` throws `error` then. */
  end(error: RunError): void {
    this.#end ??= error
    this.#closing.abort(error)
    this.#wake?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(new RunError('CANCELLED', 'Cannot go on: the channel is closed'))
    await this.#reconnecting
    await this.#socket?.close()
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const headers = await this.#endpoint.headers(signal)
    this.#isPaused = false
    this.#socket = await openSocket({ url: this.#endpoint.url, headers }, this.#listener(), signal)
    for (const text of this.#unsent.splice(0)) this.#socket.send(text)
  }

  #listener(): SocketListener {
    return {
      onOpen: () => {
        this.#budget.opened()
        if (this.#wasOpen) this.#add(reconnected, 0)
        this.#wasOpen = true
      },
      onFrame: (data, isBinary, isV1) => {
        const message = readMessage(data, isBinary, isV1)
        if (message.type !== 'unreadable') this.#budget.heard()
        this.#add(message, data.length)
      },
      onOversized: (head, bytes) => this.#add(readOversized(head, bytes), 0),
      onClose: (code, error) => {
        this.#socket = null
        this.#budget.broke()
        if (error !== null && error.code !== 'CONNECTION_LOST') this.end(error)
        else if (code === tooBig) this.end(refusedAsTooBig())
        if (!this.#closing.signal.aborted) this.#reconnecting = this.#reconnect(error)
      },
    }
  }

  #add(message: KernelMessage, messageBytes: number): void {
    const bytes = messageBytes + bytesPerMessage
    this.#arrived.add({ message, bytes })
    this.#arrivedBytes += bytes
    if (this.#arrivedBytes > pauseAtBytes && !this.#isPaused && this.#socket !== null) {
      this.#isPaused = true
      this.#socket.pause()
    }
    this.#wake?.()
  }

  #took(bytes: number): void {
    this.#arrivedBytes -= bytes
    if (this.#isPaused && this.#arrivedBytes <= pauseAtBytes / 2) {
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
        const verdict = lossVerdict(error)
        if (verdict !== null) this.end(verdict)
        problem = error
      }
    }
  }

  /** Messages that are there already never wait for the event loop: no timer would fire. */
  async #letOthersRun(): Promise<void> {
    await othersTurn()
    this.#turnTick = performance.now()
  }

  #somethingNew(signal: AbortSignal): Promise<void> {
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

/** Why there is no point in another attempt; null when there is. */
function lossVerdict(error: unknown): RunError | null {
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
  if (error instanceof RunError && error.code === 'IAM_REFUSED') return error
  return null
}

function lost(reason: string, cause: unknown): RunError {
  return new RunError(
    'CONNECTION_LOST',
    `Cannot go on: the connection to the kernel broke and ${reason}`,
    { cause },
  )
}

/** What was wrong the last time, where that is known, for the end of a message. */
function reasonOf(problem: unknown): string {
  const isKnown = problem instanceof RunError || problem instanceof HandshakeRefused
  return isKnown ? ` (${problem.message})` : ''
}

function refusedAsTooBig(): RunError {
  return new RunError(
    'CELL_TOO_LARGE',
    'Cannot send the cell: the server closed the connection because the message is too big',
  )
}

/** First in, first out: taking costs the same however many wait, which `Array.shift()` does not. */
export class MessageQueue<Message> {
  #messages: (Message | undefined)[] = []
  #next = 0

  add(message: Message): void {
    this.#messages.push(message)
  }

  /** The one that has waited longest; undefined when there is none. */
  take(): Message | undefined {
    const message = this.#messages[this.#next]
    if (this.#next < this.#messages.length) {
      this.#messages[this.#next] = undefined // a taken message may be large: nothing holds it here
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

  /** What was taken is let go, when it is at least half of what is held. */
  #compact(): void {
    if (2 * this.#next < this.#messages.length) return
    this.#messages = this.#messages.slice(this.#next)
    this.#next = 0
  }
}

const compactAt = 1024
