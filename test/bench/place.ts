import { join } from 'node:path'
import { FunctionProcess } from '../support/function_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import type { CellSource } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'

/** A notebook as everybody needs it: a path on the server, a file, the sources of its cells. */
export interface BenchNotebook {
  readonly path: string
  readonly file: string
  readonly cells: readonly string[]
}

/** What all rows share: one Jupyter Server that drops no output, and one warm function. */
export class Place implements AsyncDisposable {
  readonly server: JupyterServer
  readonly running: FunctionProcess
  /** What is disposed with it. */
  readonly opened: Opened

  private constructor(server: JupyterServer, running: FunctionProcess, opened: Opened) {
    this.server = server
    this.running = running
    this.opened = opened
  }

  static async open(): Promise<Place> {
    await using opened = new Opened()
    const args = ['--ZMQChannelsWebsocketConnection.limit_rate=False']
    const server = opened.use(await JupyterServer.start({ args, pythonKernel: 'as installed' }))
    const running = opened.use(await FunctionProcess.start({ env: functionEnv(server) }))
    return new Place(server, running, opened.move())
  }

  /** Writes the notebook into a folder of its own, where the kernels of all contenders work. */
  async notebook(
    name: string,
    cells: readonly string[],
    tags: readonly string[] = [],
  ): Promise<BenchNotebook> {
    const [first = '', ...others] = cells
    const tagged: CellSource = { type: 'code', source: first, metadata: { tags } }
    const path = `${name}/${name}.ipynb`
    await this.server.writeNotebook(path, [tagged, ...others])
    return { path: `/${path}`, file: join(this.server.root, path), cells }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.opened[Symbol.asyncDispose]()
  }
}

export function functionEnv({ host, token }: JupyterServer): Readonly<Record<string, string>> {
  return { JUPYTER_SERVER: host, JUPYTER_TOKEN: token }
}
