import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { isRecord } from '../../src/util/record.ts'
import type { JupyterServer } from './jupyter_server.ts'
import { portOf } from './port.ts'

export interface GatewayOptions {
  readonly kind: 'Kernel Gateway' | 'Enterprise Gateway'
  /** How long it takes to start a kernel, besides. */
  readonly launchMs?: number
  readonly maxKernels?: number
}

/** A body of a request to start a kernel. */
type Started = Readonly<Record<string, unknown>>

/** What an Enterprise Gateway refuses in values of variables (its `PROHIBITED_ENV_VALUE_CHARS`). */
const prohibited = /[$`\n\r\0]/

/**
 * A Kernel Gateway or an Enterprise Gateway, played in front of a real Jupyter Server: it takes away
 * the APIs that they have not, and answers what they answer (their `TokenAuthorizationMixin`,
 * `JSONErrorsMixin`, `MainKernelHandler` and `APIVersionHandler`). The token is that of the server.
 */
export class KernelGateway implements AsyncDisposable {
  readonly started: Started[] = []
  readonly #back: JupyterServer
  readonly #options: GatewayOptions
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((request, response) => void this.#take(request, response))

  private constructor(back: JupyterServer, options: GatewayOptions) {
    this.#back = back
    this.#options = options
    this.#server.on('connection', (socket) => this.#keep(socket))
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      if (this.#isAllowed(request)) this.#passOn(request, socket)
      else socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
    })
  }

  static async start(back: JupyterServer, options: GatewayOptions): Promise<KernelGateway> {
    const gateway = new KernelGateway(back, options)
    gateway.#server.listen(0, '127.0.0.1')
    await once(gateway.#server, 'listening')
    return gateway
  }

  get host(): string {
    return `127.0.0.1:${portOf(this.#server)}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  /** Exactly "token ", as both compare it. */
  #isAllowed({ headers }: IncomingMessage): boolean {
    return headers.authorization === `token ${this.#back.token}`
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const call = `${request.method} ${path}`
    if (!/^\/api(\/(kernels|kernelspecs)(\/.*)?)?$/.test(path)) {
      return refuse(response, 404, 'Not Found')
    }
    if (!this.#isAllowed(request)) return refuse(response, 401, 'Unauthorized')
    if (call === 'GET /api') return this.#tellVersion(response)
    if (call === 'GET /api/kernels') return refuse(response, 403, 'Forbidden', 'Forbidden')
    const body = await text(request)
    if (call !== 'POST /api/kernels') return this.#forward(request, body, response)
    const model: unknown = JSON.parse(body)
    await this.#startKernel(request, isRecord(model) ? model : {}, response)
  }

  #tellVersion(response: ServerResponse): void {
    const own = this.#options.kind === 'Enterprise Gateway' ? { gateway_version: '3.3.0' } : {}
    answer(response, 200, { version: '2.21.1', ...own })
  }

  async #startKernel(
    request: IncomingMessage,
    model: Started,
    response: ServerResponse,
  ): Promise<void> {
    const { maxKernels = Infinity, kind, launchMs = 0 } = this.#options
    if (this.started.length >= maxKernels) {
      return refuse(response, 403, 'Forbidden', 'Resource Limit')
    }
    const env = isRecord(model['env']) ? model['env'] : {}
    const bad = Object.entries(env).find(([, value]) => prohibited.test(String(value)))
    if (kind === 'Enterprise Gateway' && bad !== undefined) {
      const message = `Environment variable '${bad[0]}' contains prohibited characters`
      return refuse(response, 400, 'Bad Request', message)
    }
    this.started.push(model)
    await pause(launchMs)
    // An Enterprise Gateway is a Jupyter Server 1, which knows no `kernel_id`.
    const id = kind === 'Enterprise Gateway' ? env['KERNEL_ID'] : model['kernel_id']
    this.#forward(request, JSON.stringify({ ...model, kernel_id: id, env: undefined }), response)
  }

  #forward(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { method, url } = request
    const headers = {
      Authorization: `token ${this.#back.token}`,
      ...(body === '' ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    }
    const passed = requestHttp(`${this.#back.url}${url}`, { method, headers }, (from) => {
      response.writeHead(from.statusCode ?? 0, { 'Content-Type': 'application/json' })
      from.pipe(response)
    })
    passed.on('error', () => response.destroy())
    passed.end(body)
  }

  #passOn(request: IncomingMessage, client: Socket): void {
    const [host = '', port] = this.#back.host.split(':')
    const server = connect(Number(port), host)
    this.#keep(server)
    const lines = request.rawHeaders.map((word, at) => (at % 2 === 0 ? `${word}: ` : `${word}\r\n`))
    server.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('')}\r\n`)
    client.pipe(server).pipe(client)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

function refuse(response: ServerResponse, status: number, reason: string, message = ''): void {
  answer(response, status, { reason, message })
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
