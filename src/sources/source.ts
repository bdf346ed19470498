import { createHash } from 'node:crypto'
import {
  type ErrorCode,
  type ErrorFactory,
  invalidArguments,
  RunError,
  type RunErrorOptions,
} from '../errors.ts'
import type { ReportedSource } from '../events.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { quoteAddress, quoteForError } from '../util/text.ts'

/** Where a notebook comes from. */
export interface NotebookSource {
  /**
   * The address by which the report, the log and the executed notebook name it: "/reports/daily.ipynb".
   * Holds no secret.
   */
  describe(): string
  /** The name of the file without its ending: "daily". */
  readonly name: string
  /** Whether it is read from the Jupyter Server; others can be read before that is awake. */
  readonly isOnServer: boolean
  /** Where it is on the network; null for a file of the Jupyter Server or of this machine. */
  readonly location: SourceLocation | null
  /** Of a destination that would write over the notebook. */
  readonly ownDestination: string
  /**
   * The path of the contents API that a kernel is started with: it works in this folder, or in the
   * folder of this file. No slash at its start.
   */
  readonly workingDirectory: string
  /** Reads the notebook; throws a RunError where it is not there, or is no notebook. */
  read(server: Pick<JupyterServer, 'contents'>, signal: AbortSignal): Promise<SourcedNotebook>
}

export interface SourcedNotebook {
  readonly notebook: Notebook
  /** null for a notebook of the Jupyter Server. */
  readonly source: ReportedSource | null
}

/** A place in the network, in one spelling for all addresses that lead there. */
export interface SourceLocation {
  /** "gs://bucket", "https://github.com" */
  readonly root: string
  /** The names between the slashes of the rest, decoded; of a prefix, the first ones. */
  readonly segments: readonly string[]
  /** The version that the address names itself; null for the newest one. */
  readonly version: string | null
}

/** One kind of source. */
export interface SourceKind {
  /** How its addresses look, for messages. */
  readonly example: string
  /** Whether an address is one of this kind, by how it begins. */
  readonly isOne: (address: string) => boolean
  /** Throws ARGUMENTS_INVALID. */
  readonly parse: (address: string, context: SourceContext) => NotebookSource
  /** For kinds on the network. */
  readonly remote?: RemoteKind
}

/** What policy needs to know about a kind of source on the network. */
export interface RemoteKind {
  /** Reads an address, or the beginning of some; throws what `refuse` makes of the reason. */
  readonly locate: (text: string, refuse: ErrorFactory) => SourceLocation
  /** The address of a file below a prefix; its path is not encoded. */
  readonly below: (prefix: string, path: string) => string
}

/** What the caller of a run may read, and with what. */
export interface SourceContext {
  /** Whether files of this machine may be read. */
  readonly allowFiles: boolean
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  /**
   * Whether the address comes from someone who may not decide what runs: then no private address is
   * called, and a commit of GitHub has to belong to the repository.
   */
  readonly isRestricted: boolean
  /** The address of an emulator in place of Cloud Storage; null for Google's own. */
  readonly storageEmulator: string | null
  /** For api.github.com alone; null for public repositories. */
  readonly githubToken: string | null
  /** All that standard input holds; null where it is not read. */
  readonly standardInput: Uint8Array | null
}

/** For addresses that are only described. */
export const unreadSources: SourceContext = {
  allowFiles: true,
  folder: '/',
  isRestricted: false,
  storageEmulator: null,
  githubToken: null,
  standardInput: null,
}

/** The largest file of a notebook that is read, in bytes. */
export const maxSourceBytes = 32 * 2 ** 20

/** How long it may take to read a notebook from elsewhere than the Jupyter Server. */
export const maxSourceMs = 20_000

export interface NotebookElsewhere {
  readonly address: string
  /** The name of the file without its ending. */
  readonly name: string
  readonly read: (signal: AbortSignal) => Promise<SourcedNotebook>
  readonly location?: SourceLocation | null
  /** The address, unless another destination would write over the notebook. */
  readonly ownDestination?: string
}

/** A notebook from elsewhere than the Jupyter Server; its kernel works in the root folder there. */
export function sourceElsewhere({
  address,
  name,
  read,
  location = null,
  ownDestination = address,
}: NotebookElsewhere): NotebookSource {
  return {
    describe: () => address,
    name,
    isOnServer: false,
    location,
    ownDestination,
    workingDirectory: '',
    read: (_, signal) => read(signal),
  }
}

/** Throws NOTEBOOK_INVALID. Only this loads what reads a notebook: a source is parsed at every start. */
export async function sourcedNotebook(
  bytes: Uint8Array,
  { url, version }: Pick<ReportedSource, 'url' | 'version'>,
): Promise<SourcedNotebook> {
  const { readNotebookFile } = await import('../jupyter/notebook_file.ts')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { notebook: readNotebookFile(bytes, url), source: { url, version, sha256 } }
}

export function notRead(
  code: ErrorCode,
  address: string,
  reason: string,
  options: RunErrorOptions = {},
): RunError {
  const what = `Cannot read the notebook ${quoteForError(address)}: ${reason}`
  return new RunError(code, what, options)
}

export function tooLarge(address: string): RunError {
  const megabytes = maxSourceBytes / 2 ** 20
  const what = `Cannot read ${quoteForError(address)}: it is larger than ${megabytes} MiB`
  const advice = 'clear its outputs, or put it on the Jupyter Server'
  return new RunError('NOTEBOOK_INVALID', what, { advice })
}

export function tooSlow(address: string): RunError {
  const what = `Cannot read ${quoteForError(address)} within ${maxSourceMs / 1000} s`
  return new RunError('SOURCE_UNREACHABLE', what, {
    advice: 'try again later, or put it on the Jupyter Server',
  })
}

/** Refuses what is on the machine of the command from anyone else; `reason` says what that is. */
export function notForCaller(address: string, reason: string): RunError {
  const advice = 'name one of the Jupyter Server, by its path from the root folder'
  return invalidSource(address, reason, { advice })
}

export function invalidSource(
  address: string,
  reason: string,
  options: RunErrorOptions = {},
): RunError {
  const what = `Cannot use the notebook path ${quoteAddress(address)}: ${reason}`
  return invalidArguments(what, options)
}
