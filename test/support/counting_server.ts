import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { closeServer, portOf } from './port.ts'

/** Another site, to which nothing may be sent: `asked` has the addresses of the requests that came. */
export class CountingServer implements AsyncDisposable {
  readonly asked: string[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer(({ url = '' }, response) => {
      this.asked.push(url)
      response.end()
    })
  }

  static async start(): Promise<CountingServer> {
    const started = new CountingServer()
    await once(started.#server.listen(0, '127.0.0.1'), 'listening')
    return started
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server)
  }
}
