import { createServer as createHttp1Server, type Server } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'

/** Answers a request, over whichever protocol it came; must not throw. */
export type RequestListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => Promise<void>

/** As many as Cloud Run sends to one instance. */
const maxConnections = 1_000
/** How long a connection may take to begin, and how long an HTTP/2 connection may be without requests. */
const maxIdleMs = 60_000

/** Beyond Node's own limits for floods of pings, settings, resets and invalid frames. */
const http2Options = {
  settings: { maxConcurrentStreams: 100, maxHeaderListSize: 16_384 },
  /** Megabytes that one connection may take for its streams, headers and unread data. */
  maxSessionMemory: 10,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
}

/**
 * A server of HTTP/1.1 and of HTTP/2 without TLS (h2c, with prior knowledge) on one port. Cloud Run
 * tells a container over HTTP/2 alone that a client has gone.
 */
export function createServer(listener: RequestListener): Server {
  const http2 = createHttp2Server(
    http2Options,
    (request, response) => void listener(request, response),
  )
  http2.on('session', closeWhenIdle)
  // It is the one that listens, for its limits on slow headers and requests hold only then.
  const http1 = createHttp1Server((request, response) => void listener(request, response))
  http1.maxConnections = maxConnections
  const serveHttp1 = http1.listeners('connection')
  http1.removeAllListeners('connection')
  http1.on('connection', (socket: Socket) => {
    onProtocol(socket, (protocol) => {
      if (protocol === 'HTTP/2') {
        socket.allowHalfOpen = false // a client that ends the connection is gone
        http2.emit('connection', socket)
      } else {
        for (const serve of serveHttp1) Reflect.apply(serve, http1, [socket])
        socket.resume()
      }
    })
  })
  return http1
}

/** What every client of HTTP/2 sends first (RFC 9113, 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/**
 * Calls `serve` as soon as the first bytes show which protocol a connection speaks; they can be read
 * again. A connection that says nothing in time is closed.
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

/** A connection that has no stream for a while is closed; one that waits for a long run has one. */
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
