import { once } from 'node:events'
import { createServer } from 'node:http'
import { httpRequest } from '../../support/http_request.ts'
import { portOf } from '../../support/port.ts'
import type { OpenKernel } from './plain.ts'

/**
 * As Jupyter Kernel Gateway answers in its mode for HTTP (`kernel_gateway.notebook_http`): a kernel
 * that stays, with the state of all requests before, is given the request as a variable and then runs
 * the cell of its path.
 */
export class GatewayStandIn implements AsyncDisposable {
  readonly #server
  readonly #url: string

  private constructor(server: ReturnType<typeof createServer>, url: string) {
    this.#server = server
    this.#url = url
  }

  static async start(kernel: OpenKernel, code: string): Promise<GatewayStandIn> {
    const server = createServer((_, response) => {
      void kernel
        .execute(`REQUEST = ${JSON.stringify(JSON.stringify({ args: {}, path: {} }))}`)
        .then(() => kernel.execute(code))
        .then(
          () => response.end('{}'),
          () => response.destroy(),
        )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new GatewayStandIn(server, `http://127.0.0.1:${portOf(server)}/`)
  }

  async request(): Promise<void> {
    const { status } = await httpRequest(this.#url)
    if (status !== 200) throw new Error(`Cannot measure: the stand-in answers ${status}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}
