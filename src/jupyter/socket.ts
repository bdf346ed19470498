import type { ClientRequest, IncomingMessage } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { WebSocket } from 'ws'
import { RunError } from '../errors.ts'
import { noop } from '../util/abort.ts'
import { OversizeMessageFilter, type OnOversized } from './oversize_filter.ts'
import { unreachable } from './response_error.ts'
import { subprotocol, writeV1 } from './wire.ts'

export interface SocketListener {
  /** Called once, before the first frame. */
  readonly onOpen: () => void
  /** `isV1`: in the protocol of wire_v1.ts, else in the one of wire.ts. */
  readonly onFrame: (data: Buffer, isBinary: boolean, isV1: boolean) => void
  /** A message was too long to be taken. */
  readonly onOversized: OnOversized
  /**
   * Called once, after the last frame; `error` is there when we know why: CONNECTION_LOST for what
   * another connection may mend, any other code for what it cannot.
   */
  readonly onClose: (code: number, error: RunError | null) => void
}

/** An answer to the handshake that is no WebSocket: its HTTP status. */
export class HandshakeRefused extends Error {
  override readonly name = 'HandshakeRefused'
  readonly status: number

  constructor(status: number) {
    super(`Cannot open the WebSocket: the server answers ${status}`)
    this.status = status
  }
}

// Above what a kernel sends in earnest; to read a message takes some four times its size in memory.
const maxMessageBytes = 48 * 1024 * 1024
const closeTimeoutMs = 1_000
const protocolHeader = 'sec-websocket-protocol'

/** An open WebSocket; `onFrame` may be called before this returns, so that no frame is missed. */
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

/** Keeps a socket alive, watched and quick; frames go to its listener from the very first on. */
export class KernelSocket {
  readonly #socket: WebSocket
  readonly #heartbeat: Heartbeat
  #error: RunError | null = null
  #answering: NodeJS.Immediate | null = null
  #isV1 = false

  constructor(socket: WebSocket, listener: SocketListener) {
    this.#socket = socket
    socket.once('upgrade', ({ headers }) => {
      this.#isV1 = headers[protocolHeader] === subprotocol
      // A server that does not know it chooses none, which RFC 6455 (4.2.2) allows and ws does not.
      headers[protocolHeader] ??= subprotocol
    })
    this.#heartbeat = new Heartbeat(socket)
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#heartbeat.heard()
      this.#answerAtOnce()
      listener.onFrame(data, isBinary, this.#isV1)
    })
    socket.on('error', (cause) => {
      this.#error = protocolProblem(cause)
      // Nothing can be read any more; the server's goodbye would be waited for.
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

  /** False from when either side has said goodbye: nothing more can be sent then. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  send(text: string): void {
    this.#dropAnswer() // what goes out carries the acknowledgement itself
    this.#socket.send(this.#isV1 ? writeV1(text) : text, noop) // a failure shows as the socket's close
  }

  /** Stops reading, so that a server that is faster than we are has to wait. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#heartbeat.heard()
    this.#socket.resume()
  }

  /** Says goodbye; what the server makes of it is not awaited for long. */
  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    const timer = setTimeout(() => this.#socket.terminate(), closeTimeoutMs)
    this.#socket.resume()
    this.#socket.close(1000)
    await closed
    clearTimeout(timer)
  }

  /**
   * The server holds back the rest of a cell's messages until the first is acknowledged, which our
   * system delays by 40 ms; an unasked pong (RFC 6455, 5.5.3) carries the acknowledgement along.
   */
  #answerAtOnce(): void {
    this.#answering ??= setImmediate(() => {
      this.#answering = null
      if (this.isOpen) this.#socket.pong('', undefined, noop)
    })
  }

  #dropAnswer(): void {
    if (this.#answering !== null) clearImmediate(this.#answering)
    this.#answering = null
  }
}

const pingIntervalMs = 14_000
const missedPings = 2

/** Ends a socket that has been silent for some 42 s although it was pinged: nobody is there. */
class Heartbeat {
  readonly #socket: WebSocket
  #timer: NodeJS.Timeout | undefined
  #unanswered = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('pong', () => this.heard())
    socket.on('ping', () => this.heard())
  }

  start(): void {
    this.#timer = setInterval(() => this.#beat(), pingIntervalMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  heard(): void {
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
  const message = `the server sends what is no WebSocket frame: ${cause.code}`
  return new RunError('CONNECTION_LOST', message, { cause })
}

function tooLarge(cause: Error): RunError {
  const megabytes = maxMessageBytes / 1024 / 1024
  return new RunError(
    'OUTPUT_TOO_LARGE',
    `Cannot take an output of more than ${megabytes} MB in one message`,
    { advice: 'write it to a file instead', cause },
  )
}

/** Makes the connections of a WebSocket to `url`: messages above `maxBytes` never come out of them. */
function filteredConnection(url: URL, maxBytes: number, onOversized: OnOversized): () => Socket {
  const isSecure = url.protocol === 'wss:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const place = { host, port: Number(url.port) || (isSecure ? 443 : 80) }
  return () => {
    const servername = isIP(host) ? '' : host
    const socket = isSecure ? connectTls({ ...place, servername }) : connect(place)
    return sifted(socket, new OversizeMessageFilter(maxBytes, onOversized))
  }
}

/** The socket, with the sieve between the network and whoever reads from it. */
function sifted(socket: Socket, sieve: OversizeMessageFilter): Socket {
  const push = socket.push.bind(socket)
  socket.push = (bytes: Buffer | null) => {
    const parts = bytes === null ? [sieve.end()] : sieve.sift(bytes)
    const wantsMore = parts.map((part) => part.length === 0 || push(part)).every(Boolean)
    return bytes === null ? push(null) : wantsMore
  }
  return socket
}
