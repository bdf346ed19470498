import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Child } from './child.ts'
import { JupyterApi } from './jupyter_api.ts'
import { Opened } from './opened.ts'
import { freePort } from './port.ts'
import { pythonEnvironment } from './python_environment.ts'
import { repositoryRoot } from './repository.ts'
import { ScratchFolder } from './scratch_folder.ts'

const folder = join(repositoryRoot, 'deploy/jupyter')
const token = '0123456789abcdef'.repeat(3)
/** A folder in which nobody can make a file, root neither. */
const unwritable = '/sys'

interface Place {
  readonly port: number
  readonly root: string
}

/** A process that runs words of the Dockerfile, with folders of this machine for those of the image. */
export class JupyterContainer implements AsyncDisposable {
  readonly child: Child
  readonly token = token
  /** The server's root folder. */
  readonly root: string
  readonly #port: number
  readonly #opened: Opened

  private constructor(child: Child, { port, root }: Place, opened: Opened) {
    this.child = child
    this.root = root
    this.#port = port
    this.#opened = opened
  }

  static async start(words: readonly string[]): Promise<JupyterContainer> {
    await using opened = new Opened()
    const python = await pythonEnvironment()
    const { path } = opened.use(await ScratchFolder.make('container'))
    await writeFile(join(path, 'token'), token)
    const port = await freePort()
    const [command = '', ...args] = words.map((word) => word.replace(/=\/home\/\w+$/, `=${path}`))
    const config = `--config=${join(folder, 'jupyter_server_config.py')}`
    const child = opened.use(
      await Child.start({
        command: command === 'jupyter' ? python.bin(command) : command,
        args: [...args, '--allow-root', '--ip=127.0.0.1', config, `--ServerApp.root_dir=${path}`],
        env: {
          PATH: [python.bin(''), process.env['PATH']].join(delimiter),
          HOME: unwritable,
          PORT: String(port),
          JUPYTER_TOKEN_FILE: join(path, 'token'),
        },
        cwd: path,
      }),
    )
    return new JupyterContainer(child, { port, root: path }, opened.move())
  }

  /** "127.0.0.1:PORT" */
  get host(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** The version that it answers with. */
  async listens(): Promise<string> {
    const api = new JupyterApi({ url: `http://${this.host}`, token })
    return this.child.until('an answer of Jupyter Server', () => api.version(), 100_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
}
