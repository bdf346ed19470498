import { randomUUID } from 'node:crypto'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { invalidArguments, type RunError } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'
import type { RunOptions } from '../request/run_options.ts'
import { closestString } from '../util/closest_string.ts'
import { isFilePath } from '../util/file_path.ts'
import { isLoopback } from '../util/loopback.ts'
import { quoteForError } from '../util/text.ts'
import { findLocalServers, type LocalServer, type Machine } from './local_servers.ts'
import { pastedAddress } from './pasted_address.ts'

/** What a command runs, after its arguments were completed with what the machine knows. */
export interface CommandTarget {
  readonly options: RunOptions
  /** With the token of the server that was found or pasted. */
  readonly env: Env
  /** Which server was taken; null when the arguments or the environment name one. */
  readonly notice: string | null
  /** The paths of the notebook's file, where it is one of this machine. */
  readonly notebookFiles: readonly string[]
}

/**
 * Reads a pasted address, and finds the Jupyter Server on this machine where none is named, or its
 * token is missing. Throws ARGUMENTS_INVALID when there is not one that fits.
 */
export async function completeTarget(
  options: RunOptions,
  machine: Machine,
  signal: AbortSignal,
): Promise<CommandTarget> {
  const address = pastedAddress(options)
  const { env } = machine
  if (address === null) return await withLocalServer({ options, env }, machine, signal)
  const { token, ...rest } = address
  const known = token === null ? env : { ...env, JUPYTER_TOKEN: token }
  return await withLocalServer({ options: { ...options, ...rest }, env: known }, machine, signal)
}

type Known = Pick<CommandTarget, 'options' | 'env'>

async function withLocalServer(
  { options, env }: Known,
  machine: Machine,
  signal: AbortSignal,
): Promise<CommandTarget> {
  const host = options.host ?? variableOf(env, 'JUPYTER_SERVER')
  const notebook = options.notebook ?? variableOf(env, 'JUPYTER_NOTEBOOK')
  const needsFile = notebook !== null && isFilePath(notebook)
  const mayBeFile = notebook !== null && (needsFile || host === null)
  const file = mayBeFile ? await localFile(notebook, machine) : null
  const unchanged = { options, env, notice: null, notebookFiles: file?.paths ?? [] }
  if (host !== null) {
    const hasToken = variableOf(env, 'JUPYTER_TOKEN') !== null
    if ((hasToken && !needsFile) || !isLoopback(hostNameOf(host))) return unchanged
    const servers = await findLocalServers(machine, signal)
    const server = servers.find(({ url }) => portOf(url) === portOf(addressOf(host, options)))
    return server === undefined ? unchanged : taken({ options, env }, server, file)
  }
  const servers = await findLocalServers(machine, signal)
  if (servers.length === 0) throw noneFound()
  return taken({ options, env }, chooseServer(servers, notebook, file), file)
}

function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function addressOf(host: string, { useHttps }: RunOptions): URL | null {
  const text = `${useHttps ? 'https' : 'http'}://${host}`
  return URL.canParse(text) ? new URL(text) : null
}

function portOf(url: URL | null): string | null {
  if (url === null) return null
  return url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
}

/** A file of this machine, as the server that shows it may know it. */
interface LocalFile {
  /** As it was given. */
  readonly given: string
  /** From the root of the file system, without links, and as it was given. */
  readonly paths: readonly string[]
}

/** The file that a path leads to from the folder of the command; null when there is none. */
async function localFile(given: string, { folder }: Machine): Promise<LocalFile | null> {
  const path = resolve(folder, given)
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (isFile) return { given, paths: [path, await realpath(path)] }
  if (isFilePath(given)) throw await noSuchFile(given, path)
  return null // a path of the server
}

async function noSuchFile(given: string, path: string): Promise<RunError> {
  const names = await readdir(dirname(path)).catch(() => [])
  const close = closestString(
    basename(path),
    names.filter((name) => name.endsWith('.ipynb')),
  )
  const hint = close === null ? 'check the path' : `did you mean ${quoteForError(close)}?`
  return invalidArguments(
    `Cannot find the notebook ${quoteForError(given)}: there is no such file`,
    {
      advice: hint,
    },
  )
}

/**
 * The server with the deepest root folder that holds the file; without a file, the only one. Throws
 * ARGUMENTS_INVALID when that does not tell one.
 */
function chooseServer(
  servers: readonly LocalServer[],
  notebook: string | null,
  file: LocalFile | null,
): LocalServer {
  const holders = file === null ? servers : holdersOf(file, servers)
  const [first, second] = holders
  if (first !== undefined && second === undefined) return first
  const run = notebook === null ? 'Cannot choose a server' : `Cannot run ${quoteForError(notebook)}`
  const list = servers.map(nameOf).join(', ')
  if (first === undefined) {
    throw invalidArguments(
      `${run}: it is in no root folder of a Jupyter Server that runs here: ${list}`,
      {
        advice:
          'start one in a folder above it, name the server and write the path from its root folder, ' +
          'or write "file:" before the path to run it as it is here',
      },
    )
  }
  throw invalidArguments(
    `${run}: several Jupyter Servers run here: ${holders.map(nameOf).join(', ')}`,
    {
      advice: 'write the HOST[:PORT] of one of them before the notebook',
    },
  )
}

function holdersOf(file: LocalFile, servers: readonly LocalServer[]): readonly LocalServer[] {
  const holders = servers.filter((server) => pathBelow(server, file) !== null)
  const depth = Math.max(...holders.map(({ realRoot }) => realRoot.length))
  return holders.filter(({ realRoot }) => realRoot.length === depth)
}

function nameOf({ url, root }: LocalServer): string {
  return `${url.href} (in ${quoteForError(root)})`
}

/** The file's path as the contents API has it, with one leading slash; null when it is not below. */
function pathBelow({ root, realRoot }: LocalServer, { paths }: LocalFile): string | null {
  const ways = paths.flatMap((path) => [relative(root, path), relative(realRoot, path)])
  const way = ways.find(
    (each) => each !== '..' && !each.startsWith(`..${sep}`) && !isAbsolute(each),
  )
  return way === undefined ? null : `/${way.split(sep).join('/')}`
}

function taken(
  { options, env }: Known,
  server: LocalServer,
  file: LocalFile | null,
): CommandTarget {
  const { url, root } = server
  const path = file === null ? null : pathBelow(server, file)
  if (file !== null && path === null) {
    const reason = `it is not below the server's root folder ${quoteForError(root)}`
    throw invalidArguments(`Cannot run ${quoteForError(file.given)}: ${reason}`, {
      advice: 'write "file:" before the path to run it as it is here',
    })
  }
  return {
    options: {
      ...options,
      host: url.host,
      useHttps: url.protocol === 'https:',
      baseUrl: url.pathname,
      notebook: path ?? options.notebook,
    },
    env: { ...env, JUPYTER_TOKEN: tokenOf(server, env) },
    notice: `Using the Jupyter Server at ${url.href}, which runs here in ${quoteForError(root)}`,
    notebookFiles: file?.paths ?? filesBelow(server, options.notebook),
  }
}

/** The file that the server most likely shows at this path. */
function filesBelow({ root, realRoot }: LocalServer, notebook: string | null): readonly string[] {
  return notebook === null ? [] : [join(root, notebook), join(realRoot, notebook)]
}

/** A server without a token accepts any; one with a password alone may know the user's. */
function tokenOf({ token }: LocalServer, env: Env): string {
  return token || (variableOf(env, 'JUPYTER_TOKEN') ?? randomUUID())
}

function noneFound(): RunError {
  return invalidArguments(
    'Cannot find a Jupyter Server: the host is missing, and none of yours runs on this machine',
    {
      advice:
        'start one with "jupyter server" in the folder of the notebook, or name one: ' +
        '"localhost:8888 /reports/daily.ipynb", or JUPYTER_SERVER',
    },
  )
}
