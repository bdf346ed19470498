import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { jsonText } from '../../src/util/json.ts'
import type { Child } from './child.ts'
import type { Answer } from './http_request.ts'
import { JupyterApi, type KernelModel } from './jupyter_api.ts'
import { type JupyterOptions, startJupyter } from './jupyter_process.ts'
import { type CellSource, notebookOf, type NotebookOptions } from './notebook_file.ts'
import { Opened } from './opened.ts'
import { freePort } from './port.ts'
import { descendantsOf, endProcesses } from './processes.ts'
import { referenceNotebook } from './repository.ts'
import { ScratchFolder } from './scratch_folder.ts'

interface JupyterServerParts {
  readonly child: Child
  readonly api: JupyterApi
  readonly token: string
  readonly root: string
  readonly opened: Opened
}

/** A real Jupyter Server with folders, a port and a token of its own. */
export class JupyterServer implements AsyncDisposable {
  readonly token: string
  /** "127.0.0.1:PORT" */
  readonly host: string
  readonly url: string
  /** The folder that the contents API shows as "/". */
  readonly root: string
  readonly pid: number
  readonly api: JupyterApi
  readonly #parts: JupyterServerParts

  private constructor(parts: JupyterServerParts) {
    this.token = parts.token
    this.host = new URL(parts.api.url).host
    this.url = parts.api.url
    this.root = parts.root
    this.pid = parts.child.pid
    this.api = parts.api
    this.#parts = parts
  }

  static async start(options: JupyterOptions = {}): Promise<JupyterServer> {
    await using opened = new Opened()
    const home = opened.use(await ScratchFolder.make('jupyter')).path
    const root = await makeRoot(home)
    const { token = randomBytes(24).toString('hex'), baseUrl = '' } = options
    const place = { home, root, port: await freePort(), token }
    const child = opened.use(await startJupyter(place, options))
    const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${place.port}${baseUrl}`
    const ca = options.tls && (await readFile(options.tls.cert, 'utf8'))
    const api = new JupyterApi({ url, token: place.token, ca })
    await child.until('an answer of Jupyter Server', () => api.version(), 100_000)
    return new JupyterServer({ child, api, token, root, opened: opened.move() })
  }

  /** What the server wrote so far. */
  get output(): string {
    return this.#parts.child.output
  }

  request(method: string, path: string, body?: object): Promise<Answer> {
    return this.api.request(method, path, body)
  }

  kernels(): Promise<KernelModel[]> {
    return this.api.kernels()
  }

  /** Writes a notebook below the root, as a person would have saved it. */
  async writeNotebook(
    path: string,
    cells: readonly CellSource[],
    options: NotebookOptions = {},
  ): Promise<void> {
    const file = join(this.root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, jsonText(notebookOf(cells, options), 1))
  }

  /** Ends the server, which ends its kernels, and then whatever a kernel left behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    const kernels = descendantsOf(this.pid)
    await this.#parts.child.end(20_000)
    await endProcesses(kernels)
    await this.#parts.opened[Symbol.asyncDispose]()
  }
}

async function makeRoot(home: string): Promise<string> {
  const root = join(home, 'root')
  await mkdir(join(root, 'workspaces'), { recursive: true })
  await copyFile(referenceNotebook, join(root, 'workspaces/JupyterAPI_Test.ipynb'))
  return root
}
