import { open, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { asRunError, RunError } from '../errors.ts'
import { hasCertificateProblem } from '../jupyter/response_error.ts'
import { JupyterServer } from '../jupyter/server.ts'
import { type Env, variableOf } from '../request/env.ts'
import { deadline } from '../util/abort.ts'
import { isRecord } from '../util/record.ts'

/** What a command knows of the machine and the user that it runs for. */
export interface Machine {
  readonly env: Env
  readonly platform: NodeJS.Platform
  /** The user's home folder. */
  readonly home: string
  /** The folder that the command was started in. */
  readonly folder: string
  /** The user's id; null where the system has none. */
  readonly userId: number | null
  /** Whether there is a process of this id. */
  isRunning(pid: number): boolean
}

/** A Jupyter Server of the same user that runs on this machine. */
export interface LocalServer {
  /** Its address with its base URL, ending in a slash. */
  readonly url: URL
  /** Empty when the server requires none. */
  readonly token: string
  /** The folder that the contents API shows as "/". */
  readonly root: string
  /** The same without links. */
  readonly realRoot: string
}

const maxFiles = 200
const maxFileBytes = 64 * 1024
const maxAnswerMs = 2_000

/**
 * The Jupyter Servers of this user that run on this machine and answer, by the files in which each of
 * them writes down its address, token and root folder (`list_running_servers` of jupyter_server).
 */
export async function findLocalServers(
  machine: Machine,
  signal: AbortSignal,
): Promise<readonly LocalServer[]> {
  const folder = runtimeFolder(machine)
  const names = await readdir(folder).catch(() => []) // Jupyter was never used here
  const files = names.filter((name) => /^(?:jpserver|nbserver)-.+\.json$/.test(name))
  const found = await Promise.all(
    files.slice(0, maxFiles).map(async (name) => {
      const server = await readServerFile(join(folder, name), machine)
      return server !== null && (await answers(server, signal)) ? server : null
    }),
  )
  const servers = found.filter((server) => server !== null)
  return servers.toSorted((a, b) => (a.url.href < b.url.href ? -1 : 1))
}

/** The folder of the files of running programs, by the rules of `jupyter_runtime_dir` of jupyter_core. */
export function runtimeFolder(machine: Machine): string {
  return variableOf(machine.env, 'JUPYTER_RUNTIME_DIR') ?? join(dataFolder(machine), 'runtime')
}

function dataFolder({ env, platform, home }: Machine): string {
  const given = variableOf(env, 'JUPYTER_DATA_DIR')
  if (given !== null) return given
  const usesPlatformDirs = isSet(variableOf(env, 'JUPYTER_PLATFORM_DIRS'))
  if (platform === 'darwin') {
    return usesPlatformDirs
      ? join(home, 'Library', 'Application Support', 'jupyter')
      : join(home, 'Library', 'Jupyter')
  }
  if (platform === 'win32') {
    const folder = variableOf(env, usesPlatformDirs ? 'LOCALAPPDATA' : 'APPDATA')
    return folder === null ? join(configFolder({ env, home }), 'data') : join(folder, 'jupyter')
  }
  return join(variableOf(env, 'XDG_DATA_HOME') ?? join(home, '.local', 'share'), 'jupyter')
}

function configFolder({ env, home }: Pick<Machine, 'env' | 'home'>): string {
  return variableOf(env, 'JUPYTER_CONFIG_DIR') ?? join(home, '.jupyter')
}

/** As jupyter_core reads a variable that is on or off (`envset`). */
function isSet(value: string | null): boolean {
  return value !== null && !['no', 'n', 'false', 'off', '0', '0.0'].includes(value.toLowerCase())
}

/** null for a file of another user, for one that is none, and for a server whose process has ended. */
async function readServerFile(path: string, machine: Machine): Promise<LocalServer | null> {
  const { userId } = machine
  try {
    await using file = await open(path, 'r')
    const { uid, size } = await file.stat() // of the file that is read, whatever its name leads to now
    if (size > maxFileBytes || (userId !== null && uid !== userId)) return null
    const info: unknown = JSON.parse(await file.readFile('utf8'))
    if (!isRecord(info)) return null
    const { pid } = info
    const isRunning = Number.isInteger(pid) && Number(pid) > 0 && machine.isRunning(Number(pid))
    const server = isRunning ? readServerInfo(info) : null
    return server && { ...server, realRoot: await realpath(server.root) }
  } catch {
    return null // it is gone, being written, or not ours to read
  }
}

/** What a server listens on for connections from everywhere. */
const wildcards = ['', '*', '0.0.0.0', '::', '[::]']

/** nbserver files, of Jupyter Notebook before 7, have the root folder as `notebook_dir`. */
function readServerInfo(
  info: Readonly<Record<string, unknown>>,
): Omit<LocalServer, 'realRoot'> | null {
  const { url: address, hostname, port, token = '' } = info
  const root = info['root_dir'] ?? info['notebook_dir']
  if (typeof address !== 'string' || typeof token !== 'string' || typeof root !== 'string')
    return null
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) return null // a socket, maybe
  const url = new URL(address)
  if (typeof hostname === 'string' && wildcards.includes(hostname)) url.hostname = 'localhost'
  if (typeof port === 'number' && url.port === '') url.port = String(port)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return { url, token, root }
}

async function answers({ url }: LocalServer, signal: AbortSignal): Promise<boolean> {
  using limit = deadline(maxAnswerMs, tooLate, signal)
  try {
    await new JupyterServer(url, async () => ({})).status.requireJupyter(limit.signal)
    return true
  } catch (error) {
    signal.throwIfAborted()
    return hasCertificateProblem(asRunError(error)) // it is there; the run will say what to do
  }
}

function tooLate(): RunError {
  return new RunError('SERVER_UNREACHABLE', 'Cannot wait longer for the answer of a server')
}
