import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { Child } from './child.ts'
import { requirePart } from './declared_parts.ts'
import { installQuickPythonKernel } from './kernels.ts'
import { debianJupyterProgram } from './parts.ts'
import { pythonEnvironment } from './python_environment.ts'
import { withoutIriGrammar } from './quick_python.ts'
import { repositoryRoot } from './repository.ts'

export interface JupyterOptions {
  /** Of the Python environment, or Debian's own, which is years older. */
  readonly kind?: 'current' | 'debian'
  /** Else one of its own. */
  readonly token?: string
  readonly tls?: Pick<Certificate, 'cert' | 'key'>
  /** "/user/ann", without a slash at the end. */
  readonly baseUrl?: string
  /** Folders with more kernelspecs. */
  readonly jupyterPath?: readonly string[]
  /** The kernel "python3" as ipykernel installs it; else, on a current server, a quicker one. */
  readonly pythonKernel?: 'as installed'
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface JupyterPlace {
  /** For everything that a server keeps about its user. */
  readonly home: string
  readonly root: string
  readonly port: number
  readonly token: string
}

/** What the program jupyter-server does. */
const serverProgram = `${withoutIriGrammar}
from jupyter_server.serverapp import main
sys.exit(main())`

/** The same, and it forks the kernels of `installQuickPythonKernel()`. */
const quickProgram = join(repositoryRoot, 'test/support/quick_jupyter.py')

/** The server's process, which may not answer yet. */
export async function startJupyter(place: JupyterPlace, options: JupyterOptions): Promise<Child> {
  const program = options.kind === 'debian' ? debianProgram() : await currentProgram(options)
  await mkdir(join(place.home, 'runtime'), { recursive: true })
  return Child.start({
    command: program.command,
    args: [...program.args, ...argumentsFor(place, options), ...(options.args ?? [])],
    env: {
      PATH: program.path,
      LANG: 'C.UTF-8',
      HOME: place.home,
      IPYTHONDIR: join(place.home, 'ipython'),
      JUPYTER_CONFIG_DIR: join(place.home, 'config'),
      JUPYTER_DATA_DIR: join(place.home, 'data'),
      JUPYTER_RUNTIME_DIR: join(place.home, 'runtime'),
      JUPYTER_PATH: (await kernelFolders(place, options)).join(delimiter),
      JUPYTER_TOKEN: place.token,
      ...options.env,
    },
    cwd: place.home,
  })
}

async function kernelFolders({ home }: JupyterPlace, options: JupyterOptions) {
  const { kind, jupyterPath = [], pythonKernel } = options
  if (kind === 'debian' || pythonKernel === 'as installed') return jupyterPath
  const folder = join(home, 'quick')
  await installQuickPythonKernel(folder)
  return [...jupyterPath, folder]
}

function debianProgram() {
  requirePart('debian-jupyter')
  return { command: debianJupyterProgram, args: [], path: '/usr/bin:/bin' }
}

async function currentProgram({ pythonKernel }: JupyterOptions) {
  const python = await pythonEnvironment()
  const path = [python.bin(''), process.env['PATH']].join(delimiter)
  const args = pythonKernel === 'as installed' ? ['-c', serverProgram] : [quickProgram]
  return { command: python.bin('python'), args, path }
}

function argumentsFor({ port, root }: JupyterPlace, options: JupyterOptions): string[] {
  const { tls, baseUrl } = options
  return [
    '--no-browser',
    '--ip=127.0.0.1',
    `--port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${root}`,
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
    ...(baseUrl ? [`--ServerApp.base_url=${baseUrl}/`] : []),
    ...(tls ? [`--certfile=${tls.cert}`, `--keyfile=${tls.key}`] : []),
  ]
}
