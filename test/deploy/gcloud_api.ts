import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { requirePart } from '../support/declared_parts.ts'
import { freePort } from '../support/port.ts'
import { Opened } from '../support/opened.ts'
import { runProgram } from '../support/run_program.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

/** The real gcloud, calling a local server in place of Google: it shows what it would send. */
export class GcloudApi implements AsyncDisposable {
  readonly #server: Server
  readonly #opened: Opened
  readonly #env: Readonly<Record<string, string | undefined>>
  #last: unknown = null

  private constructor(server: Server, url: string, folder: string, opened: Opened) {
    this.#server = server
    this.#opened = opened
    this.#env = {
      PATH: process.env['PATH'],
      HOME: folder,
      CLOUDSDK_CONFIG: folder,
      CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
      CLOUDSDK_CORE_PROJECT: 'demo',
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
      CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: url,
      // For Cloud Run the name of the region is put before the host, which no one can resolve then.
      CLOUDSDK_PROXY_TYPE: 'http_no_tunnel',
      CLOUDSDK_PROXY_ADDRESS: '127.0.0.1',
      CLOUDSDK_PROXY_PORT: new URL(url).port,
    }
  }

  static async start(): Promise<GcloudApi> {
    requirePart('gcloud')
    await using opened = new Opened()
    const { path } = opened.use(await ScratchFolder.make('gcloud-api'))
    const port = await freePort()
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    const api = new GcloudApi(server, `http://127.0.0.1:${port}/`, path, opened.move())
    // Nothing is there yet. Google answers with what was made, which is what was sent.
    server.on('request', (request, response) => {
      void text(request).then((body) => {
        if (request.method === 'GET') {
          response.writeHead(404).end('{}')
          return
        }
        api.#last = JSON.parse(body)
        response.setHeader('content-type', 'application/json').end(body)
      })
    })
    return api
  }

  /** Runs a command that makes something: what it sends. */
  async sent(...args: string[]): Promise<unknown> {
    this.#last = null
    await runProgram({ command: 'gcloud', args, env: this.#env })
    return this.#last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await this.#opened[Symbol.asyncDispose]()
  }
}
