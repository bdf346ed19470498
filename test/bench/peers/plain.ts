import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface PlainWork {
  readonly host: string
  readonly token: string
  readonly cells: readonly string[]
  /** Whether each message is answered by a pong at once, which saves the server's waiting. */
  readonly pongs: boolean
}

/** The floor: a kernel, its cells one after the other, no check of anything. */
export async function plainClient(work: PlainWork): Promise<void> {
  await using _ = await OpenKernel.start(work)
}

/** A kernel with an open connection, as a front end has it; no check of anything. */
export class OpenKernel implements AsyncDisposable {
  readonly #socket: WebSocket
  readonly #address: string
  readonly #headers: Readonly<Record<string, string>>

  private constructor(
    socket: WebSocket,
    address: string,
    headers: Readonly<Record<string, string>>,
  ) {
    this.#socket = socket
    this.#address = address
    this.#headers = headers
  }

  /** Starts it and runs the cells, which later requests find done. */
  static async start({ host, token, cells, pongs }: PlainWork): Promise<OpenKernel> {
    const headers = { Authorization: `token ${token}` }
    const kernels = `http://${host}/api/kernels`
    const made = await fetch(kernels, { method: 'POST', headers, body: '{"name": "python3"}' })
    const { id } = JSON.parse(await made.text())
    const options = { headers, maxPayload: 0, perMessageDeflate: false }
    const socket = new WebSocket(`ws://${host}/api/kernels/${id}/channels`, options)
    if (pongs) socket.on('message', () => socket.pong())
    await once(socket, 'open')
    for (const code of cells) await execute(socket, code)
    return new OpenKernel(socket, `${kernels}/${id}`, headers)
  }

  async execute(code: string): Promise<void> {
    await execute(this.#socket, code)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await fetch(this.#address, { method: 'DELETE', headers: this.#headers })
  }
}

/** Over when both the reply and the idle status have come. */
async function execute(socket: WebSocket, code: string): Promise<void> {
  const msg_id = crypto.randomUUID()
  const header = { msg_id, msg_type: 'execute_request', session: 's', username: '', version: '5.3' }
  const content = { code, silent: false, allow_stdin: false }
  const rest = { parent_header: {}, metadata: {}, content, channel: 'shell' }
  socket.send(JSON.stringify({ header, ...rest }))
  await new Promise<void>((resolve) => {
    const missing = new Set(['execute_reply', 'idle'])
    const listen = (data: Buffer) => {
      const message = JSON.parse(data.toString())
      if (message.parent_header.msg_id !== msg_id) return
      missing.delete(message.msg_type)
      missing.delete(message.content.execution_state)
      if (missing.size > 0) return
      socket.off('message', listen)
      resolve()
    }
    socket.on('message', listen)
  })
}
