import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { portOf } from './port.ts'
import { until } from './until.ts'

/** What becomes of a request, which its first line tells apart, as "POST /api/kernels". */
export type Fault =
  | PassingFault
  | 'cut' // the connection is reset before anything is said
  | 'hang' // taken, and neither passed on nor answered
  | Answer
  | { readonly banner: string } // an answer that is not HTTP

type PassingFault =
  | 'pass'
  | 'swallow' // passed on, and what the server answers is lost
  | { readonly delayMs: number } // passed on later

interface Answer {
  readonly status: number
  /** Lines, each with its end. */
  readonly headers?: string
  readonly body?: string
}

interface Request {
  readonly line: string
  readonly client: Socket
  /** What has come of it so far. */
  readonly head: Buffer
}

type Link = Omit<Request, 'head'> & { readonly server: Socket }

/** A TCP proxy in front of a server that does, on demand, what networks and front ends do. */
export class FaultProxy implements AsyncDisposable {
  /** "127.0.0.1:PORT" of the server; may change while the proxy runs. */
  target: string
  /** Says what becomes of each request. */
  rule: (line: string) => Fault = () => 'pass'
  /** The first line of every request, without the HTTP version. */
  readonly requests: string[] = []
  /** What the server sent on WebSockets, and the proxy passed on. */
  readonly #sent: Buffer[] = []
  readonly #listener = createServer((client) => this.#take(client))
  readonly #sockets = new Set<Socket>()
  readonly #links = new Set<Link>()
  #isSilent = false

  private constructor(target: string) {
    this.target = target
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    proxy.#listener.listen(0, '127.0.0.1')
    await once(proxy.#listener, 'listening')
    return proxy
  }

  get host(): string {
    return `127.0.0.1:${portOf(this.#listener)}`
  }

  /** The requests for a kernel's WebSocket. */
  get channels(): readonly string[] {
    return this.requests.filter(isChannel)
  }

  /** What the server sent on WebSockets as text, with the heads of the frames. */
  get sentOnChannels(): string {
    return Buffer.concat(this.#sent).toString('latin1')
  }

  /** Waits for the request for a WebSocket, the first one or a later one: its first line. */
  async channel(count = 1, limitMs?: number): Promise<string> {
    const find = () => {
      if (this.#listener.listening) return this.channels[count - 1]
      throw new Error('Cannot wait longer for a WebSocket: the proxy is closed')
    }
    return until('a request for a WebSocket', find, limitMs)
  }

  /** Ends the WebSockets that are open now; how many these were. */
  cut(how: 'FIN' | 'RST'): number {
    const links = [...this.#links].filter(({ line }) => isChannel(line))
    for (const { client, server } of links) {
      client.unpipe(server).resume()
      // After a FIN, what the server has said already still arrives; a reset takes it along.
      if (how === 'FIN') server.end()
      else for (const socket of [client, server]) socket.resetAndDestroy()
    }
    return links.length
  }

  /** Loses every packet of the connections that are open now, and nobody is told. */
  silence(): void {
    for (const { client, server } of this.#links) {
      client.unpipe(server).pause()
      server.unpipe(client).pause()
    }
  }

  /** As `silence()`, and new connections get no answer until `speak()`. */
  silenceAll(): void {
    this.#isSilent = true
    this.silence()
  }

  speak(): void {
    this.#isSilent = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#listener, 'close')
  }

  #take(client: Socket): void {
    this.#keep(client)
    client.once('data', (head: Buffer) => {
      client.pause()
      const line = head.toString('latin1').split(' HTTP/', 1)[0] ?? ''
      this.requests.push(line)
      const fault = this.#isSilent ? 'hang' : this.rule(line)
      if (fault === 'cut') client.resetAndDestroy()
      else if (typeof fault === 'object' && 'banner' in fault) client.resume().end(fault.banner)
      else if (typeof fault === 'object' && 'status' in fault) answer(client, fault)
      else if (fault !== 'hang') void this.#pass({ line, client, head }, fault) // never rejects
    })
  }

  async #pass({ line, client, head }: Request, fault: PassingFault): Promise<void> {
    if (typeof fault === 'object') await pause(fault.delayMs)
    const [host, port] = this.target.split(':')
    const server = connect({ host, port: Number(port) })
    const link = { line, client, server }
    this.#keep(server)
    this.#links.add(link)
    client.on('close', () => server.destroySoon())
    server.on('close', () => this.#links.delete(link))
    server.write(head)
    client.pipe(server)
    if (fault === 'swallow') return void server.resume()
    server.pipe(client)
    if (isChannel(line)) server.on('data', (bytes: Buffer) => this.#sent.push(bytes))
    server.on('close', () => client.destroySoon())
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

/** Whether the request is for a kernel's WebSocket. */
export function isChannel(line: string): boolean {
  return line.includes('/channels?')
}

function answer(client: Socket, { status, headers = '', body = '' }: Answer): void {
  client.resume()
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n`
  client.end(`HTTP/1.1 ${status} Fault\r\n${length}${headers}\r\n${body}`)
}
