import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Certificate } from './certificate.ts'
import { readIdToken } from './id_token.ts'
import type { MetadataServer } from './metadata_server.ts'
import { portOf } from './port.ts'

export interface FrontPlace {
  /** "127.0.0.1:PORT" of the server behind it. */
  readonly target: string
  /** Whose tokens it takes. */
  readonly metadata: MetadataServer
  readonly certificate: Certificate
}

/**
 * Stands before a server as Cloud Run's IAM does: checks the ID token in
 * `X-Serverless-Authorization`, else the one in `Authorization`, takes its signature away, hands out
 * an affinity cookie, and passes all else on, WebSockets too.
 */
export class IamFront implements AsyncDisposable {
  /** The accounts that have the role run.invoker. */
  readonly invokers = new Set<string>()
  /** For whom tokens have to be; null for the front's own address. */
  audience: string | null = null
  /** Every request that came, refused or not. */
  readonly requests: { readonly line: string; readonly headers: IncomingMessage['headers'] }[] = []
  readonly #place: FrontPlace
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #upgraded = new Set<Duplex>()

  private constructor(place: FrontPlace, server: Server) {
    this.#place = place
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket.on('error', () => socket.destroy()))
      socket.on('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (asked, response) => this.#pass(asked, response))
    server.on('upgrade', (asked, socket, head) => this.#upgrade(asked, socket, head))
  }

  static async start(place: FrontPlace): Promise<IamFront> {
    const { cert, key } = place.certificate
    const files = { cert: await readFile(cert), key: await readFile(key) }
    const front = new IamFront(place, createServer(files))
    front.#server.listen(0, '127.0.0.1')
    await once(front.#server, 'listening')
    return front
  }

  get host(): string {
    return `127.0.0.1:${portOf(this.#server)}`
  }

  get url(): string {
    return `https://${this.host}`
  }

  /** Resets the WebSockets that are open; how many these were. */
  cut(): number {
    const open = [...this.#upgraded]
    for (const socket of open) socket.destroy()
    return open.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  /** The HTTP status of a refusal; null when the caller may pass. */
  #refusal({ method, url, headers }: IncomingMessage): 401 | 403 | null {
    this.requests.push({ line: `${method} ${url}`, headers })
    const sent = headers['x-serverless-authorization'] ?? headers.authorization
    if (sent === undefined) return 403
    const { metadata } = this.#place
    const claims = readIdToken(String(sent).replace(/^bearer /i, ''), metadata.key)
    if (claims === null || claims.aud !== (this.audience ?? this.url) || claims.exp <= metadata.now)
      return 401
    return this.invokers.has(claims.email) ? null : 403
  }

  #pass(asked: IncomingMessage, response: ServerResponse): void {
    const status = this.#refusal(asked)
    if (status !== null) return void response.writeHead(status, pageHeaders).end(pageOf(status))
    const { method, url: path, headers } = asked
    const [host, port] = this.#place.target.split(':')
    const sent = { method, path, host, port, headers: withoutSignature(headers), agent: false }
    const passed = request(sent, (answer) => {
      const cookies = [
        ...(answer.headers['set-cookie'] ?? []),
        'GAESA=instance-1; path=/; HttpOnly',
      ]
      const head = { ...answer.headers, 'set-cookie': cookies, server: 'Google Frontend' }
      response.writeHead(answer.statusCode ?? 502, head)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    asked.pipe(passed)
  }

  #upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const status = this.#refusal(asked)
    if (status !== null) {
      const lines = Object.entries(pageHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${pageOf(status)}`)
      return
    }
    const [host, port] = this.#place.target.split(':')
    const server = connect({ host, port: Number(port) })
    for (const [one, other] of [[socket, server] as const, [server, socket] as const]) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
    this.#upgraded.add(socket)
    socket.on('close', () => this.#upgraded.delete(socket))
    server.write(headOf(asked))
    server.write(head)
    socket.pipe(server).pipe(socket)
  }
}

const pageHeaders = {
  'Content-Type': 'text/html; charset=UTF-8',
  Server: 'Google Frontend',
  Connection: 'close',
}

function pageOf(status: 401 | 403): string {
  const what = status === 401 ? 'Unauthorized' : 'Forbidden'
  return `<html><head><title>${status} ${what}</title></head><body><h1>Error: ${what}</h1></body></html>`
}

function headOf({ method, url, headers }: IncomingMessage): string {
  const lines = Object.entries(withoutSignature(headers)).map(
    ([name, value]) => `${name}: ${String(value)}`,
  )
  return [`${method} ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}

/** What Cloud Run leaves of the token that it has checked. */
function withoutSignature(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const name =
    'x-serverless-authorization' in headers ? 'x-serverless-authorization' : 'authorization'
  const [head, claims] = String(headers[name]).split('.')
  return { ...headers, [name]: `${head}.${claims}.SIGNATURE_REMOVED_BY_GOOGLE` }
}
