import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { Child } from './child.ts'
import { requirePart } from './declared_parts.ts'
import { jupyterConfig } from './jupyter_config.ts'
import { installQuickPythonKernel } from './kernels.ts'
import { debianJupyterProgram } from './parts.ts'
import { pythonEnvironment } from './python_environment.ts'
import { withoutFormats } from './quick_python.ts'
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
  /** The kernel "python3" as ipykernel installs it, as on Debian by default, or a quicker one. */
  readonly pythonKernel?: 'as installed' | 'quick'
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
const serverProgram = `${withoutFormats}
from jupyter_server.serverapp import main
sys.exit(main())`

/** The same, and it forks the kernels of `installQuickPythonKernel()`. */
const quickProgram = join(repositoryRoot, 'test/support/quick_jupyter.py')

/** The server's process, which may not answer yet. */
export async function startJupyter(place: JupyterPlace, options: JupyterOptions): Promise<Child> {
  const isQuick = hasQuickKernel(options)
  const program = options.kind === 'debian' ? debianProgram(isQuick) : await currentProgram(isQuick)
  await mkdir(join(place.home, 'runtime'), { recursive: true })
  const config = join(place.home, 'config')
  await mkdir(config, { recursive: true })
  await writeFile(join(config, 'jupyter_server_config.py'), jupyterConfig())
  return Child.start({
    command: program.command,
    args: [...program.args, ...argumentsFor(place, options), ...(options.args ?? [])],
    env: {
      PATH: program.path,
      LANG: 'C.UTF-8',
      HOME: place.home,
      IPYTHONDIR: join(place.home, 'ipython'),
      JUPYTER_CONFIG_DIR: config,
      JUPYTER_DATA_DIR: join(place.home, 'data'),
      JUPYTER_RUNTIME_DIR: join(place.home, 'runtime'),
      JUPYTER_PATH: (await kernelFolders(place, options)).join(delimiter),
      JUPYTER_TOKEN: place.token,
      ...options.env,
    },
    cwd: place.home,
  })
}

function hasQuickKernel({ kind, pythonKernel }: JupyterOptions): boolean {
  return (pythonKernel ?? (kind === 'debian' ? 'as installed' : 'quick')) === 'quick'
}

async function kernelFolders({ home }: JupyterPlace, options: JupyterOptions) {
  const { jupyterPath = [] } = options
  if (!hasQuickKernel(options)) return jupyterPath
  const folder = join(home, 'quick')
  await installQuickPythonKernel(folder)
  return [...jupyterPath, folder]
}

function debianProgram(isQuick: boolean) {
  requirePart('debian-jupyter')
  const path = '/usr/bin:/bin'
  if (!isQuick) return { command: debianJupyterProgram, args: [], path }
  return { command: '/usr/bin/python3', args: [quickProgram], path }
}

async function currentProgram(isQuick: boolean) {
  const python = await pythonEnvironment()
  const path = [python.bin(''), process.env['PATH']].join(delimiter)
  const args = isQuick ? [quickProgram] : ['-c', serverProgram]
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
