import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { parseJson } from '../../src/util/json.ts'
import { field, textOf } from '../../src/util/record.ts'
import { closeServer, portOf } from './port.ts'

export interface PublishedMessage {
  readonly text: string
  readonly attributes: unknown
}

/** `topics.publish` of Pub/Sub's REST API, as an emulator answers it: for many messages from many processes. */
export class TopicServer implements AsyncDisposable {
  /** In the order in which they came. */
  readonly messages: PublishedMessage[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => void this.#serve(request, response))
  }

  static async start(): Promise<TopicServer> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TopicServer(server)
  }

  /** The value of PUBSUB_EMULATOR_HOST. */
  get host(): string {
    return `127.0.0.1:${portOf(this.#server)}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const messages = field(parseJson(await text(request)), 'messages')
    const list: readonly unknown[] = Array.isArray(messages) ? messages : []
    for (const message of list) {
      const data = Buffer.from(textOf(message, 'data') ?? '', 'base64')
      this.messages.push({ text: data.toString(), attributes: field(message, 'attributes') })
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ messageIds: list.map((_message, index) => String(index)) }))
  }
}
