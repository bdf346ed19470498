import { type ErrorFactory, invalidArguments } from '../errors.ts'
import type { ParameterMap, Secret } from '../parameters/parameter.ts'
import type { Masks } from '../redaction/redactor.ts'
import { contentSource } from '../sources/content.ts'
import type { NotebookSource, SourceContext } from '../sources/source.ts'
import { parseSource } from '../sources/sources.ts'
import { standardInputSource } from '../sources/standard_input.ts'
import type { Destination } from '../storage/destination.ts'
import { standardOutput } from '../storage/standard_output.ts'
import { placeholderValues } from '../storage/placeholders.ts'
import { readSegments } from '../util/path_segments.ts'
import { timeOfRunId } from '../util/run_id.ts'
import { quoteForError } from '../util/text.ts'
import { type Caller, type Env, unusable, variableOf } from './env.ts'
import { type HubRequest, readHub } from './hub.ts'
import { readKernelEnv } from './kernel_env.ts'
import { type Limits, readLimits, readSocketLifetime } from './limits.ts'
import type { OptionName } from './options.ts'
import { type ReadFile, readParameters, refuseFile } from './parameters.ts'
import { readDestinations, storageWarnings } from './outputs.ts'
import { givenOptions, type RunOptions } from './run_options.ts'
import { readSecrets, weakSecretWarnings } from './secrets.ts'
import { isCloudRun, readServerConfig, type ServerConfig } from './server_config.ts'
import { checkContent, checkSource } from './source_policy.ts'
import { targetNotebook } from './target.ts'

/** Everything that one run needs to know: complete, checked and allowed. */
export interface RunRequest extends NotebookRequest {
  readonly runId: string
  /** Pub/Sub's id of the message that asked for the run. */
  readonly messageId: string | null
  /** Where the executed notebook goes. */
  readonly destinations: readonly Destination[]
  /** The addresses of the notebook that is run, over which nothing is saved; none with `--in-place`. */
  readonly protectedAddresses: readonly string[]
  /** Whether the notebook is only saved with its parameters, and not run. */
  readonly prepareOnly: boolean
  /** Whether all code of the saved notebook is marked as hidden. */
  readonly reportMode: boolean
}

/** As far as a notebook is read, and not run. */
export interface NotebookRequest extends RunSettings {
  readonly notebook: NotebookSource
}

/** As far as the doctor looks at a server. */
export interface DoctorRequest extends RunSettings {
  /** null when none is named. */
  readonly notebook: NotebookSource | null
}

/** A request without its notebook. */
export interface RunSettings extends Limits {
  readonly server: ServerConfig
  readonly parameters: ParameterMap
  readonly secrets: readonly Secret[]
  readonly kernelName: string | null
  /** Variables of the kernel's environment, which only gateways take. */
  readonly kernelEnv: ReadonlyMap<string, string>
  /** The server to start on JupyterHub; null where `server` is the Jupyter Server. */
  readonly hub: HubRequest | null
  /** The language in which parameters are written; null for the kernel's. */
  readonly language: string | null
  /** A kernel that is there already and is left running. */
  readonly kernelId: string | null
  readonly keepKernel: boolean
  /** The folder of the server in which the kernel works; null for that of the notebook. */
  readonly cwd: string | null
  /** The age at which the WebSocket to the kernel is replaced; null for never. */
  readonly socketLifetimeMs: number | null
  readonly allowErrors: boolean
  /** Whether pages of the executed notebook leave out its code. */
  readonly hidesInput: boolean
}

/** What is known besides the options. */
export interface RequestContext {
  readonly env: Env
  readonly caller: Caller
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  /** Reads the files that options name; left out where the caller has none. */
  readonly readFile?: ReadFile
  /** All that standard input holds, where the notebook comes from there. */
  readonly standardInput?: Uint8Array
  /** Writes to standard output; left out where the caller has none. */
  readonly writeOutput?: (bytes: Uint8Array) => Promise<void>
}

export interface RunContext extends RequestContext {
  readonly runId: string
  readonly messageId: string | null
  /** Knows the secrets, which must not name a file. */
  readonly redactor: Pick<Masks, 'text'>
  /** The paths of the notebook's file, where it is one of this machine. */
  readonly notebookFiles?: readonly string[]
}

/**
 * Makes a request of options and environment. Throws a RunError where something is missing, invalid,
 * or not allowed for this caller; sends nothing.
 */
export function createRunRequest(options: RunOptions, context: RunContext): RunRequest {
  const { env, runId, messageId } = context
  const request = createNotebookRequest(options, context)
  const { ownDestination } = request.notebook
  const destinations = destinationsOf(options, context, request)
  if (options.json) refuseBothOnOutput(destinations)
  if (options.resumable) refuseUnresumable(options, request)
  const input = inputPath(options, request)
  const isPathSet = options.injectPaths || options.injectOutputPath
  const output = isPathSet ? [destinations[0]?.address ?? ''] : []
  const parameters = withPaths(request.parameters, { input, output })
  const warnings = [...request.warnings, ...storageWarnings(destinations, request.server, env)]
  const files = context.notebookFiles?.map((path) => `file:${path}`) ?? []
  const protectedAddresses = options.inPlace ? [] : [ownDestination, ...files]
  refuseSource(destinations, protectedAddresses)
  const { prepareOnly, reportMode } = options
  const identity = { runId, messageId, prepareOnly, reportMode }
  return { ...request, parameters, destinations, protectedAddresses, warnings, ...identity }
}

/**
 * Where such a run saves its notebook, as its request would have it, whatever server it has. Throws as
 * `createRunRequest()` does.
 */
export function requestedDestinations(
  options: RunOptions,
  context: RunContext,
): readonly Destination[] {
  const { readFile = refuseFile } = context
  const notebook = readSource(options, context)
  const parameters = readParameters(options, readFile)
  return destinationsOf(options, context, { notebook, parameters })
}

function destinationsOf(
  options: RunOptions,
  { env, caller, folder, runId, redactor, writeOutput }: RunContext,
  { notebook, parameters }: Pick<NotebookRequest, 'notebook' | 'parameters'>,
): readonly Destination[] {
  const known = withPaths(parameters, { input: inputPath(options, { notebook }) })
  const facts = {
    name: notebook.name,
    parameters: known,
    runId,
    startedAt: new Date(timeOfRunId(runId) ?? Date.now()), // also where the run goes on later
    redactor,
  }
  return readDestinations(options, env, {
    values: placeholderValues(facts),
    allowFiles: caller === 'command',
    folder,
    ...(writeOutput && { writeOutput }),
  })
}

/** The value of PAPERMILL_INPUT_PATH, if it is asked for. */
function inputPath(
  { injectPaths, injectInputPath }: RunOptions,
  { notebook }: Pick<NotebookRequest, 'notebook'>,
): readonly string[] {
  return injectPaths || injectInputPath ? [notebook.describe()] : []
}

/** Throws as `createRunRequest()` does. */
export function createNotebookRequest(
  options: RunOptions,
  context: RequestContext,
): NotebookRequest {
  const notebook = readSource(options, context)
  return { ...createSettings(options, context), notebook }
}

/** The path of the contents API that a kernel is started with, without a slash at its start. */
export function kernelPath({ cwd, notebook }: Pick<DoctorRequest, 'cwd' | 'notebook'>): string {
  return cwd ?? notebook?.workingDirectory ?? ''
}

/** Throws as `createRunRequest()` does, but needs no notebook. */
export function createDoctorRequest(options: RunOptions, context: RequestContext): DoctorRequest {
  const { env } = context
  const isNamed = options.notebook !== null || variableOf(env, 'JUPYTER_NOTEBOOK') !== null
  if (isNamed) return createNotebookRequest(options, context)
  return { ...createSettings(options, context), notebook: null }
}

function readSource(options: RunOptions, context: RequestContext): NotebookSource {
  const { env, caller } = context
  const { notebookContent } = options
  if (notebookContent !== null) {
    checkContent(env)
    return contentSource(notebookContent)
  }
  const source = parseSource(targetNotebook(options, env), sourceContext(context))
  checkSource(source, env, caller)
  return source
}

function sourceContext({ env, caller, folder, standardInput }: RequestContext): SourceContext {
  return {
    allowFiles: caller === 'command',
    folder,
    isRestricted: caller !== 'command',
    storageEmulator: variableOf(env, 'STORAGE_EMULATOR_HOST'),
    githubToken: variableOf(env, 'GITHUB_TOKEN'),
    standardInput: standardInput ?? null,
  }
}

function createSettings(options: RunOptions, context: RequestContext): RunSettings {
  const { env, caller, readFile = refuseFile } = context
  if (caller !== 'command') refuseMarked(options, 'commandOnly')
  if (caller === 'command' || caller === 'http') refuseMarked(options, 'messageOnly')
  if (caller === 'http') refuseMarked(options, 'notHttp')
  const limits = readLimits(options, env, caller)
  const kernelId = readKernelId(options)
  const parameters = readParameters(options, readFile)
  if (caller === 'http') refuseTooMany(parameters)
  const secrets = readSecrets(options, env)
  refuseBoth(parameters, secrets)
  const server = readServerConfig(options, env, caller)
  return {
    server,
    hub: readHub(options),
    parameters,
    secrets,
    kernelName: options.kernel,
    kernelEnv: readKernelEnv(options),
    language: options.language,
    kernelId,
    keepKernel: options.keepKernel,
    cwd: readFolder(options),
    socketLifetimeMs: readSocketLifetime(options, env, isCloudRun(server.url)),
    allowErrors: options.allowErrors,
    hidesInput: options.noInput,
    ...limits,
    warnings: [...limits.warnings, ...weakSecretWarnings(options, env)],
  }
}

/** papermill's parameters for paths; any other source of a parameter of the same name counts more. */
function withPaths(
  parameters: ParameterMap,
  {
    input,
    output = [],
  }: { readonly input: readonly string[]; readonly output?: readonly string[] },
): ParameterMap {
  const paths = [
    ...input.map((path) => ['PAPERMILL_INPUT_PATH', path] as const),
    ...output.map((path) => ['PAPERMILL_OUTPUT_PATH', path] as const),
  ]
  return paths.length === 0 ? parameters : new Map([...paths, ...parameters])
}

function refuseBothOnOutput(destinations: readonly Destination[]): void {
  if (!destinations.some(({ address }) => address === standardOutput)) return
  const what = 'Cannot print the report (--json): standard output gets the notebook (-o -)'
  throw invalidArguments(what, { advice: 'keep one of them' })
}

/**
 * Standard input cannot be read a second time, nothing runs with --prepare-only, and nobody would stop the
 * server of a process that is gone.
 */
function refuseUnresumable(options: RunOptions, { notebook }: NotebookRequest): void {
  if (standardInputSource.isOne(notebook.describe())) {
    const what = 'Cannot use "--resumable" with a notebook from standard input (-)'
    throw invalidArguments(what, { advice: 'save the notebook as a file, and name that' })
  }
  const others = givenOptions(options).filter(({ name }) => unresumable.includes(name))
  const [first] = others
  if (first === undefined) return
  const what = `Cannot use "--resumable" together with "--${first.name}"`
  throw invalidArguments(what, { advice: 'keep one of them' })
}

const unresumable: readonly OptionName[] = ['prepare-only', 'hub']

function refuseSource(destinations: readonly Destination[], sources: readonly string[]): void {
  const found = destinations.find(({ address }) => sources.includes(address))
  if (found === undefined) return
  const what = `Cannot save the executed notebook at "${found.address}": that is the notebook itself`
  throw invalidArguments(what, {
    advice: 'name another destination, or add --in-place if it is meant',
  })
}

/** As many as a request by HTTP may set, in whatever way. */
const maxParameters = 1_000

function refuseTooMany({ size }: ParameterMap): void {
  if (size <= maxParameters) return
  throw invalidArguments(`Cannot set ${size} parameters: the maximum is ${maxParameters}`)
}

function refuseBoth(parameters: ParameterMap, secrets: readonly Secret[]): void {
  const both = secrets.find(({ name }) => parameters.has(name))
  if (both === undefined) return
  const reason = 'it is given as a parameter and as a secret'
  throw invalidArguments(`Cannot set ${quoteForError(both.name)}: ${reason}`, {
    advice: 'keep one of them',
  })
}

/** Options of which some callers may use none, as marked in the table of options. */
const refusedUses = {
  commandOnly: { where: 'in a message', reason: 'it is for the command alone' },
  messageOnly: { where: 'here', reason: 'it is for messages alone' },
  notHttp: { where: 'here', reason: 'it is for messages and the command' },
} as const

/** Refuses options that are marked so; throws ARGUMENTS_INVALID. */
export function refuseMarked(options: RunOptions, mark: keyof typeof refusedUses): void {
  const found = givenOptions(options).find((option) => option[mark])
  if (found === undefined) return
  const { where, reason } = refusedUses[mark]
  throw invalidArguments(`Cannot use "--${found.name}" ${where}: ${reason}`, {
    advice: 'leave it out',
  })
}

/** An id as Jupyter gives them; nothing that could lead a request elsewhere. */
function readKernelId({ kernel, kernelId, cwd }: RunOptions): string | null {
  if (kernelId === null) return null
  if (cwd !== null) {
    const reason = 'a kernel that is there already works in its own folder'
    throw invalidArguments(`Cannot use "--cwd" together with "--kernel-id": ${reason}`, {
      advice: 'keep one of them',
    })
  }
  if (kernel !== null) {
    const reason = 'a kernel that is there already has its name'
    throw invalidArguments(`Cannot use "--kernel" together with "--kernel-id": ${reason}`, {
      advice: 'keep one of them',
    })
  }
  if (/^[\w-]+$/.test(kernelId)) return kernelId
  const reason = 'a kernel\'s id has letters, digits, "_" and "-" only'
  throw invalidArguments(`Cannot use the kernel id ${quoteForError(kernelId)}: ${reason}`, {
    advice: 'see "/api/kernels"',
  })
}

/** A folder of the server, without slashes around it. */
function readFolder({ cwd }: RunOptions): string | null {
  if (cwd === null) return null
  const refuse: ErrorFactory = (reason, options) =>
    unusable({ value: cwd, source: '--cwd' }, reason, options)
  return readSegments(cwd, refuse).join('/')
}
