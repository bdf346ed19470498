import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { isRecord } from '../../src/util/record.ts'
import { FakeAnswer } from './fake_answer.ts'
import { type FakeMessage, type Fields, textFrame } from './fake_frame.ts'

/** What the kernel says to one request, in which order. */
export type CellScript = (answer: FakeAnswer) => void | Promise<void>

export interface FakeConnection {
  readonly socket: WebSocket
  /** Below the WebSocket, to be cut. */
  readonly stream: Socket
  readonly sessionId: string
}

export interface KernelRequest {
  readonly type: string
  readonly code: string
  readonly header: Fields
  readonly content: Fields
}

/** A kernel behind the fake server: one request at a time, and what it says without a listener is kept. */
export class FakeKernel {
  readonly id: string
  readonly name: string
  readonly received: KernelRequest[] = []
  /** The kernel process; another one after a restart. */
  session: string = randomUUID()
  executionCount = 0
  info: Fields = { status: 'ok', protocol_version: '5.3', implementation: 'ipython' }
  answersInfo = true
  /** Called when it has answered a request for its information. */
  afterInfo: (() => void) | null = null
  /** As the kernels of R and Deno: messages carry the session of the request. */
  echoesSession = false
  readonly #scripts: ReadonlyMap<string, CellScript>
  readonly #interrupted: (() => void)[] = []
  #connection: FakeConnection | null = null
  #kept: { readonly sessionId: string; readonly frames: (string | Buffer)[] } | null = null
  #queue: Promise<void> = Promise.resolve()

  constructor(id: string, name: string, scripts: ReadonlyMap<string, CellScript>) {
    this.id = id
    this.name = name
    this.#scripts = scripts
  }

  get connection(): FakeConnection {
    if (this.#connection === null) throw new Error('Cannot use the connection: there is none')
    return this.#connection
  }

  get isConnected(): boolean {
    return this.#connection !== null
  }

  attach(connection: FakeConnection): void {
    const { socket, sessionId } = connection
    this.#connection = connection
    const kept = this.#kept?.sessionId === sessionId ? this.#kept.frames : []
    this.#kept = null
    for (const frame of kept) socket.send(frame)
    socket.on('message', (data: Buffer) => this.#hear(data.toString('utf8')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (this.#connection?.socket !== socket) return
      this.#connection = null
      this.#kept ??= { sessionId, frames: [] }
    })
  }

  say(message: Omit<FakeMessage, 'session'> & { readonly session?: string }): void {
    const own = this.echoesSession ? String(message.parent['session']) : this.session
    this.send(textFrame({ session: own, ...message }))
  }

  /** Whatever it is, it goes out as it is. */
  send(frame: string | Buffer): void {
    if (this.#kept !== null) this.#kept.frames.push(frame)
    else this.#connection?.socket.send(frame)
  }

  /** The connection ends in this way; what is said from now on is kept for its session. */
  lose(how: 'FIN' | 'RST' | number): void {
    const { socket, stream, sessionId } = this.connection
    this.#kept = { sessionId, frames: [] }
    if (how === 'RST') stream.resetAndDestroy()
    else if (how === 'FIN') stream.end()
    else socket.close(how)
  }

  interrupt(): void {
    for (const resolve of this.#interrupted.splice(0)) resolve()
  }

  nextInterrupt(): Promise<void> {
    return new Promise((resolve) => this.#interrupted.push(resolve))
  }

  #hear(text: string): void {
    const message: Record<'header' | 'content', Fields> & { readonly channel?: string } =
      JSON.parse(text)
    const { header, content, channel } = message
    const { code } = content
    const type = String(header['msg_type'])
    this.received.push({ type, code: typeof code === 'string' ? code : '', header, content })
    const serve = () => this.#serve(type, header, content)
    // Control requests are answered while a cell runs, as ipykernel does.
    if (channel === 'control') void serve()
    else this.#queue = this.#queue.then(serve)
  }

  async #serve(type: string, parent: Fields, content: Fields): Promise<void> {
    const answer = new FakeAnswer(this, parent, isRecord(content) ? content : {})
    if (type === 'execute_request') {
      const script = this.#scripts.get(String(content['code'])) ?? ((ok) => ok.ok())
      return await script(answer)
    }
    if (!this.answersInfo) return
    answer.status('busy')
    // It is asked for nothing but a number, that of the running cells.
    const number = { found: true, data: { 'text/plain': 'Type: int\nString form: 0' } }
    if (type === 'inspect_request') answer.say('inspect_reply', number)
    else answer.say('kernel_info_reply', this.info)
    answer.status('idle')
    if (type === 'kernel_info_request') this.afterInfo?.()
  }
}
