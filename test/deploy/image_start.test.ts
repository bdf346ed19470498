import { describe, expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Child } from '../support/child.ts'
import { startOf } from '../support/dockerfile.ts'
import { JupyterApi } from '../support/jupyter_api.ts'
import { Opened } from '../support/opened.ts'
import { freePort } from '../support/port.ts'
import { pythonEnvironment } from '../support/python_environment.ts'
import { repositoryRoot } from '../support/repository.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const folder = join(repositoryRoot, 'deploy/jupyter')
const token = '0123456789abcdef'.repeat(3)
/** A folder in which nobody can make a file, root neither. */
const unwritable = '/sys'

describe('what the image of Jupyter starts', () => {
  test('starts where HOME is a folder that it cannot write to', async () => {
    const [init, end, ...words] = await startOf(join(folder, 'Dockerfile'))
    expect([init, end]).toEqual(['tini', '--'])
    await using container = await Container.start(words)
    expect(await container.listens()).toMatch(/^\d+\.\d+/)
  })

  test('would not start there without a HOME of its own', async () => {
    const words = (await startOf(join(folder, 'Dockerfile'))).slice(2)
    const [program, home, ...rest] = words
    expect([program, home]).toEqual(['env', expect.stringMatching(/^HOME=\/home\/\w+$/)])
    await using container = await Container.start(rest)
    await container.child.ended()
    expect(container.child.status).toBe(1)
    expect(container.child.output).toMatch(/PermissionError|Read-only file system/)
  })
})

/** A process that runs words of the Dockerfile, with folders of this machine for those of the image. */
class Container implements AsyncDisposable {
  readonly child: Child
  readonly #port: number
  readonly #opened: Opened

  private constructor(child: Child, port: number, opened: Opened) {
    this.child = child
    this.#port = port
    this.#opened = opened
  }

  static async start(words: readonly string[]): Promise<Container> {
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
    return new Container(child, port, opened.move())
  }

  /** The version that it answers with. */
  async listens(): Promise<string> {
    const api = new JupyterApi({ url: `http://127.0.0.1:${this.#port}`, token })
    return this.child.until('an answer of Jupyter Server', () => api.version(), 100_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
}
