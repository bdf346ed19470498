import { on } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { WebSocket } from 'ws'
import { RunError } from '../errors.ts'
import { noop } from '../util/abort.ts'
import { bareHost } from '../util/loopback.ts'
import { OversizeMessageFilter, type OnOversized } from './oversize_filter.ts'
import { unreachable } from './response_error.ts'
import { subprotocol, writeV1 } from './wire.ts'

export interface SocketListener {
  /** Called once, before the first frame. */
  readonly onOpen: () => void
  /** `isV1`: in the subprotocol v1.kernel.websocket.jupyter.org, else in the default format. */
  readonly onFrame: (data: Buffer, isBinary: boolean, isV1: boolean) => void
  /** Called for each message that is too large to be read. */
  readonly onOversized: OnOversized
  /**
   * Called once, after the last frame. `error` is the reason where it is known: CONNECTION_LOST where
   * another connection may help, any other code where it cannot.
   */
  readonly onClose: (code: number, error: RunError | null) => void
}

/** The server responded to the handshake with an HTTP status other than 101. */
export class HandshakeRefused extends Error {
  override readonly name = 'HandshakeRefused'
  readonly status: number

  constructor(status: number) {
    super(`Cannot open the WebSocket: the server answers ${status}`)
    this.status = status
  }
}

// Larger than any useful message; reading one takes some four times its size in memory.
const maxMessageBytes = 48 * 1024 * 1024
const closeTimeoutMs = 1_000
const protocolHeader = 'sec-websocket-protocol'

/**
 * Opens a WebSocket; `onFrame` may be called before this resolves, so that no frame is missed. Throws
 * HandshakeRefused for an HTTP response, or why there is no connection.
 */
export async function openSocket(
  { url, headers }: { readonly url: URL; readonly headers: Readonly<Record<string, string>> },
  listener: SocketListener,
  signal: AbortSignal,
): Promise<KernelSocket> {
  signal.throwIfAborted()
  const socket = new WebSocket(url, subprotocol, {
    headers,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    followRedirects: false,
    createConnection: filteredConnection(url, maxMessageBytes, listener.onOversized),
  })
  const abort = () => socket.terminate()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await handshake(socket, url, listener)
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function handshake(socket: WebSocket, url: URL, listener: SocketListener): Promise<KernelSocket> {
  return new Promise((resolve, reject) => {
    const open = new KernelSocket(socket, listener)
    socket.once('open', () => resolve(open))
    socket.once('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
      response.resume()
      request.destroy()
      socket.terminate()
      reject(new HandshakeRefused(response.statusCode ?? 0))
    })
    socket.once('error', (cause) => reject(unreachable('open the WebSocket', url, cause)))
  })
}

/** An open WebSocket with a heartbeat, whose frames go to the listener from the first one on. */
export class KernelSocket {
  readonly #socket: WebSocket
  readonly #heartbeat: Heartbeat
  #error: RunError | null = null
  #pendingPong: NodeJS.Immediate | null = null
  #isV1 = false
  #pings = 0

  constructor(socket: WebSocket, listener: SocketListener) {
    this.#socket = socket
    socket.once('upgrade', ({ headers }) => {
      this.#isV1 = headers[protocolHeader] === subprotocol
      // A server that does not know it chooses none, which RFC 6455 (4.2.2) allows and ws does not.
      headers[protocolHeader] ??= subprotocol
    })
    this.#heartbeat = new Heartbeat(socket)
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#heartbeat.reset()
      this.#acknowledge()
      listener.onFrame(data, isBinary, this.#isV1)
    })
    socket.on('error', (cause) => {
      this.#error = protocolProblem(cause)
      // Nothing can be read any more, and close() would wait for the server's close frame.
      if (this.#error !== null) socket.terminate()
    })
    socket.once('open', () => {
      this.#heartbeat.start()
      listener.onOpen()
      socket.once('close', (code) => {
        this.#heartbeat.stop()
        listener.onClose(code, this.#error)
      })
    })
  }

  /** False once either side has begun to close: nothing can be sent then. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /**
   * Whether the server speaks the subprotocol v1.kernel.websocket.jupyter.org, as any Jupyter Server 2
   * does that is not in gateway mode.
   */
  get isV1(): boolean {
    return this.#isV1
  }

  send(text: string): void {
    this.#cancelPong() // the message itself carries the acknowledgement
    this.#socket.send(this.#isV1 ? writeV1(text) : text, noop) // a failure shows as the socket's close
  }

  /** Stops reading, so that the server has to wait. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#heartbeat.reset()
    this.#socket.resume()
  }

  /**
   * Pings the server and returns the milliseconds until its answer: then everything that it had sent
   * before has been received. Throws when `signal` aborts.
   */
  async ping(signal: AbortSignal): Promise<number> {
    this.#pings += 1
    const payload = String(this.#pings)
    const startedTick = performance.now()
    const pongs = on(this.#socket, 'pong', { signal })
    this.#socket.ping(payload, undefined, noop)
    for await (const [data] of pongs) if (String(data) === payload) break
    return performance.now() - startedTick
  }

  /** Closes the socket, and waits at most `maxMs` for the server's close frame. */
  async close(maxMs = closeTimeoutMs): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    const timer = setTimeout(() => this.#socket.terminate(), maxMs)
    this.#socket.resume()
    this.#socket.close(1000)
    await closed
    clearTimeout(timer)
  }

  /**
   * The server's TCP holds back the rest of a cell's messages until the first is acknowledged (Nagle),
   * which this system delays by 40 ms; an unsolicited pong (RFC 6455, 5.5.3) carries the
   * acknowledgement along.
   */
  #acknowledge(): void {
    this.#pendingPong ??= setImmediate(() => {
      this.#pendingPong = null
      if (this.isOpen) this.#socket.pong('', undefined, noop)
    })
  }

  #cancelPong(): void {
    if (this.#pendingPong !== null) clearImmediate(this.#pendingPong)
    this.#pendingPong = null
  }
}

const pingIntervalMs = 14_000
const missedPings = 2

/** Terminates a socket that has been silent for some 42 s although it was pinged. */
class Heartbeat {
  readonly #socket: WebSocket
  #timer: NodeJS.Timeout | undefined
  #unanswered = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('pong', () => this.reset())
    socket.on('ping', () => this.reset())
  }

  start(): void {
    this.#timer = setInterval(() => this.#beat(), pingIntervalMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  reset(): void {
    this.#unanswered = 0
  }

  #beat(): void {
    if (this.#socket.isPaused) return
    if (this.#unanswered >= missedPings) {
      this.#socket.terminate()
      return
    }
    this.#unanswered += 1
    this.#socket.ping(undefined, undefined, noop)
  }
}

function protocolProblem(cause: Error & { readonly code?: string }): RunError | null {
  if (cause.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return tooLarge(cause)
  if (!cause.code?.startsWith('WS_ERR_')) return null
  const what = `Cannot read from the WebSocket: the server sends what is no frame (${cause.code})`
  return new RunError('CONNECTION_LOST', what, { cause })
}

function tooLarge(cause: Error): RunError {
  const megabytes = maxMessageBytes / 1024 / 1024
  return new RunError(
    'OUTPUT_TOO_LARGE',
    `Cannot take an output of more than ${megabytes} MB in one message`,
    { advice: 'write it to a file instead', cause },
  )
}

/** Opens the TCP or TLS connections of a WebSocket, from which messages above `maxBytes` are dropped. */
function filteredConnection(url: URL, maxBytes: number, onOversized: OnOversized): () => Socket {
  const isSecure = url.protocol === 'wss:'
  const host = bareHost(url.hostname)
  const endpoint = { host, port: Number(url.port) || (isSecure ? 443 : 80) }
  return () => {
    const servername = isIP(host) ? '' : host
    const socket = isSecure ? connectTls({ ...endpoint, servername }) : connect(endpoint)
    return filtered(socket, new OversizeMessageFilter(maxBytes, onOversized))
  }
}

/** The socket, with the filter between the network and the reader. */
function filtered(socket: Socket, filter: OversizeMessageFilter): Socket {
  const push = socket.push.bind(socket)
  socket.push = (bytes: Buffer | null) => {
    const parts = bytes === null ? [filter.end()] : filter.write(bytes)
    const wantsMore = parts.map((part) => part.length === 0 || push(part)).every(Boolean)
    return bytes === null ? push(null) : wantsMore
  }
  return socket
}
