import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { IncomingHttpHeaders } from 'node:http2'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Call } from './http_call.ts'

export interface Http2Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A connection to a port of this machine that speaks HTTP/2 without TLS. */
export class Http2Connection implements AsyncDisposable {
  readonly session: ClientHttp2Session

  private constructor(session: ClientHttp2Session) {
    this.session = session
  }

  static async open(port: number): Promise<Http2Connection> {
    const session = connect(`http://127.0.0.1:${port}`)
    session.on('error', () => undefined) // each of its streams tells it
    await once(session, 'connect')
    return new Http2Connection(session)
  }

  /** Sends a request; its answer is read from the stream. */
  send({ method = 'GET', path, headers = {}, body }: Call): ClientHttp2Stream {
    const stream = this.session.request({ ':method': method, ':path': path, ...headers })
    stream.end(body)
    return stream
  }

  async call(call: Call): Promise<Http2Answer> {
    const stream = this.send(call)
    const [headers]: IncomingHttpHeaders[] = await once(stream, 'response')
    return {
      status: Number(headers?.[':status']),
      headers: headers ?? {},
      text: await text(stream),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.destroy()
  }
}
