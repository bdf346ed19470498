import { createServer as createHttp1Server, type Server } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'

/** Answers a request of either protocol; must not throw. */
export type RequestListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => Promise<void>

/** Cloud Run's maximum of concurrent requests to one instance. */
const maxConnections = 1_000
/** Maximum time until the first bytes of a connection, and without requests on one of HTTP/2. */
const maxIdleMs = 60_000

/** Added to Node's own limits for floods of pings, settings, resets and invalid frames. */
const http2Options = {
  settings: { maxConcurrentStreams: 100, maxHeaderListSize: 16_384 },
  /** Maximum memory of one connection for streams, headers and unread data, in megabytes. */
  maxSessionMemory: 10,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
}

/**
 * A server for HTTP/1.1 and HTTP/2 without TLS (h2c, with prior knowledge) on one port. Cloud Run
 * passes on a client's disconnection only over HTTP/2.
 */
export function createServer(listener: RequestListener): Server {
  const http2 = createHttp2Server(
    http2Options,
    (request, response) => void listener(request, response),
  )
  http2.on('session', closeWhenIdle)
  // This server listens, because its limits on slow headers and requests apply only then.
  const http1 = createHttp1Server((request, response) => void listener(request, response))
  http1.maxConnections = maxConnections
  const serveHttp1 = http1.listeners('connection')
  http1.removeAllListeners('connection')
  http1.on('connection', (socket: Socket) => {
    onProtocol(socket, (protocol) => {
      if (protocol === 'HTTP/2') {
        socket.allowHalfOpen = false // a half-closed connection counts as closed
        http2.emit('connection', socket)
      } else {
        for (const serve of serveHttp1) Reflect.apply(serve, http1, [socket])
        socket.resume()
      }
    })
  })
  return http1
}

/** The connection preface of HTTP/2 (RFC 9113, 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/**
 * Calls `serve` as soon as the first bytes show the protocol of a connection; the bytes are put back
 * first. A connection that sends nothing within `maxIdleMs` is closed.
 */
function onProtocol(socket: Socket, serve: (protocol: 'HTTP/1.1' | 'HTTP/2') => void): void {
  let first = Buffer.alloc(0)
  const close = () => void socket.destroy()
  const read = (chunk: Buffer) => {
    first = Buffer.concat([first, chunk])
    const length = Math.min(first.length, preface.length)
    const isPreface = first.subarray(0, length).equals(preface.subarray(0, length))
    if (isPreface && length < preface.length) return
    for (const [event, listener] of listeners) socket.off(event, listener)
    socket.setTimeout(0)
    socket.pause()
    socket.unshift(first)
    serve(isPreface ? 'HTTP/2' : 'HTTP/1.1')
  }
  const listeners = [
    ['data', read],
    ['end', close],
    ['error', close],
    ['timeout', close],
  ] as const
  for (const [event, listener] of listeners) socket.on(event, listener)
  socket.setTimeout(maxIdleMs)
}

/** Closes a connection without open streams after a while; a running request is an open stream. */
function closeWhenIdle(session: ServerHttp2Session): void {
  let streams = 0
  session.on('stream', (stream) => {
    streams += 1
    stream.once('close', () => (streams -= 1))
  })
  session.setTimeout(maxIdleMs)
  session.on('timeout', () => {
    if (streams === 0) session.destroy()
  })
}
