import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import type { RunRequest } from '../../src/request/run_request.ts'
import { FakeKernel, type CellScript } from './fake_kernel.ts'
import { notebookOf, plainRequest, serverConfig, token } from './fake_request.ts'
import { routeOf, tokenPage, writeAnswer } from './fake_rest.ts'
import type { RecordedRequest, RestAnswer, Route } from './fake_rest.ts'

/**
 * A scripted Jupyter Server: real http and WebSockets, and a good server until a test says
 * otherwise: `script()` for its REST calls and handshakes, `cells` for what a kernel says.
 */
export class FakeJupyter implements AsyncDisposable {
  readonly requests: RecordedRequest[] = []
  readonly kernels = new Map<string, FakeKernel>()
  /** Every kernel that there ever was, in order. */
  readonly made: FakeKernel[] = []
  readonly cells = new Map<string, CellScript>()
  /** The notebook, as the contents API has it. */
  content: unknown = notebookOf([])
  specs: unknown = {
    default: 'python3',
    kernelspecs: { python3: { spec: { language: 'python' } } },
  }
  /** Servers before 2.21 choose the id themselves. */
  choosesIds = false
  /** What a test wants to change about a kernel when it is made. */
  onKernel: (kernel: FakeKernel) => void = () => undefined
  readonly #answers = new Map<Route, RestAnswer[]>()
  readonly #always = new Map<Route, RestAnswer>()
  readonly #baseUrl: string
  readonly #server = createServer((request) => void this.#receive(request, request.socket, null))
  /** It speaks the default protocol alone, as servers before 1.13 do. */
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => false })
  readonly #streams = new Set<Socket>()

  private constructor(baseUrl: string) {
    this.#baseUrl = baseUrl
    this.#server.on('connection', (stream: Socket) => {
      this.#streams.add(stream.on('error', () => undefined))
      stream.on('close', () => this.#streams.delete(stream))
    })
    this.#server.on('upgrade', (request: IncomingMessage, stream: Socket, head: Buffer) => {
      void this.#receive(request, stream, head)
    })
  }

  static async start(sources: readonly string[] = [], baseUrl = '/'): Promise<FakeJupyter> {
    const jupyter = new FakeJupyter(baseUrl)
    jupyter.content = notebookOf(sources)
    jupyter.#server.listen(0, '127.0.0.1')
    await once(jupyter.#server, 'listening')
    return jupyter
  }

  get url(): URL {
    const address = this.#server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    return new URL(`http://127.0.0.1:${port}${this.#baseUrl}`)
  }

  get kernel(): FakeKernel {
    const kernel = this.made.at(-1)
    if (kernel === undefined) throw new Error('Cannot use the kernel: none was made')
    return kernel
  }

  /** Answers the next calls of this route with these, one each, then as usual. */
  script(route: Route, ...answers: readonly RestAnswer[]): void {
    this.#answers.set(route, [...(this.#answers.get(route) ?? []), ...answers])
  }

  /** Answers all calls of this route with this. */
  always(route: Route, answer: RestAnswer): void {
    this.#always.set(route, answer)
  }

  addKernel(id: string, name = 'python3'): FakeKernel {
    const kernel = new FakeKernel(id, name, this.cells)
    this.kernels.set(id, kernel)
    this.made.push(kernel)
    this.onKernel(kernel)
    return kernel
  }

  /** The calls in order, by the name of their route. */
  get calls(): readonly (Route | null)[] {
    return this.requests.map(({ route }) => route)
  }

  /** How many connections are open, of any kind. */
  get openStreams(): number {
    return this.#streams.size
  }

  countOf(route: Route): number {
    return this.calls.filter((call) => call === route).length
  }

  /** A request to run the notebook here. */
  request(changes: Partial<RunRequest> = {}): RunRequest {
    return { ...plainRequest, server: serverConfig(this.url, token), ...changes }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const stream of this.#streams) stream.destroy()
    await once(this.#server, 'close')
  }

  async #receive(request: IncomingMessage, stream: Socket, head: Buffer | null): Promise<void> {
    const { method = '', headers, url = '' } = request
    const path = url.startsWith(this.#baseUrl) ? `/${url.slice(this.#baseUrl.length)}` : url
    const route = url.startsWith(this.#baseUrl) ? routeOf(method, path) : null
    const body = head === null ? await text(request).catch(() => '') : ''
    const recorded = { route, method, path, headers, body }
    this.requests.push(recorded)
    const answer = this.#answerTo(recorded)
    if (answer !== null) return await writeAnswer(stream, answer)
    this.#upgrade(request, stream, head ?? Buffer.alloc(0))
  }

  /** null for a handshake that is to succeed. */
  #answerTo(request: RecordedRequest): RestAnswer | null {
    const { route, path, headers } = request
    if (route === null) return tokenPage(404, token)
    const scripted = this.#answers.get(route)?.shift() ?? this.#always.get(route)
    if (scripted !== undefined) return scripted
    if (route !== 'api' && headers.authorization !== `token ${token}`) return forbidden
    if (route === 'api') return { body: { version: '2.21.1' } }
    if (route === 'kernelspecs') return { body: this.specs }
    if (route === 'contents') return { body: { type: 'notebook', content: this.content } }
    if (route === 'create') return this.#create(request.body)
    const kernel = this.kernels.get(path.split('/')[3] ?? '')
    if (route === 'channels') return kernel === undefined ? tokenPage(404, token) : null
    if (kernel === undefined) return { status: 404, body: { message: 'Kernel does not exist' } }
    if (route === 'look') return { body: modelOf(kernel) }
    if (route === 'interrupt') kernel.interrupt()
    else this.kernels.delete(kernel.id)
    return { status: 204 }
  }

  #create(body: string): RestAnswer {
    const { kernel_id = '', name = '' }: Record<string, string> = JSON.parse(body)
    const kernel = this.addKernel(this.choosesIds ? crypto.randomUUID() : kernel_id, name)
    return { status: 201, body: modelOf(kernel) }
  }

  /** The handshake and what was kept for the session leave in one packet. */
  #upgrade(request: IncomingMessage, stream: Duplex & Socket, head: Buffer): void {
    const [, id, sessionId = ''] =
      /kernels\/([\w-]+).*session_id=(.*)/.exec(request.url ?? '') ?? []
    stream.cork()
    this.#sockets.handleUpgrade(request, stream, head, (socket) => {
      this.kernels.get(id ?? '')?.attach({ socket, stream, sessionId })
    })
    stream.uncork()
  }
}

const forbidden: RestAnswer = { status: 403, body: { message: 'Forbidden', reason: null } }

function modelOf({ id, name }: FakeKernel): object {
  return { id, name, execution_state: 'idle', connections: 0 }
}
