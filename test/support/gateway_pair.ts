import { FaultProxy } from './fault_proxy.ts'
import type { JupyterOptions } from './jupyter_process.ts'
import { JupyterServer } from './jupyter_server.ts'
import { Opened } from './opened.ts'

/**
 * Two real Jupyter Servers: `front` in gateway mode has the notebooks, and starts its kernels on
 * `back`, to which it speaks through `between`.
 */
export class GatewayPair implements AsyncDisposable {
  readonly front: JupyterServer
  readonly back: JupyterServer
  readonly between: FaultProxy
  readonly #opened: Opened

  private constructor(servers: Pick<GatewayPair, 'front' | 'back' | 'between'>, opened: Opened) {
    this.front = servers.front
    this.back = servers.back
    this.between = servers.between
    this.#opened = opened
  }

  static async start(): Promise<GatewayPair> {
    await using opened = new Opened()
    const back = opened.use(await JupyterServer.start())
    const between = opened.use(await FaultProxy.start(back.host))
    const front = opened.use(await JupyterServer.start(gatewayOptions(between.host, back.token)))
    return new GatewayPair({ front, back, between }, opened.move())
  }

  /** Another server as `front`, with its token. */
  async startFront(): Promise<JupyterServer> {
    const options = gatewayOptions(this.between.host, this.back.token)
    return await JupyterServer.start({ ...options, token: this.front.token })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
}

function gatewayOptions(host: string, token: string): JupyterOptions {
  return {
    args: [`--gateway-url=http://${host}`],
    env: { JUPYTER_GATEWAY_AUTH_TOKEN: token },
  }
}
