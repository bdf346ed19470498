import { RunError } from '../errors.ts'
import type { ParameterMap, Secret } from '../parameters/parameter.ts'
import { quoteForError } from '../util/text.ts'
import { checkHost } from './allow_list.ts'
import { type Arguments, parseArguments } from './argv.ts'
import { type Caller, type Env, settingOf, variableOf } from './env.ts'
import { readLimits } from './limits.ts'
import { options as table } from './options.ts'
import { type ReadFile, readParameters } from './parameters.ts'
import { readSecrets, weakSecretWarnings } from './secrets.ts'
import {
  checkHttp,
  proxyVariable,
  readAudience,
  readServerAddress,
  readToken,
} from './server_config.ts'
import { givenTarget, readNotebookPath, readTarget } from './target.ts'

/**
 * Words and environment to a request that is complete, checked and allowed; sends nothing. Whoever
 * has files of its own lends the function that reads them; `given` are parameters beside the words.
 */
export function readRequest(
  words: readonly string[],
  env: Env,
  caller: Caller,
  readFile: ReadFile = refuseFile,
  given: ParameterMap = new Map(),
): RunRequest {
  const { positionals, options, repeated } = parseArguments(words)
  if (caller !== 'command') refuseCommandOnly(options)
  const limits = readLimits(options, env, caller)
  const kernelId = readKernelId(options.get('kernel-id') ?? null)
  const places = readTarget(positionals, env)
  const baseUrl = settingOf('base-url', { options, env })?.text ?? '/'
  // An address in the environment has no flag beside it; nothing but https is served on this port.
  const isSecure = places.isDefaultHost && places.host.endsWith(':443')
  const useHttps = options.has('use-https') || isSecure
  const server = readServerAddress(places.host, { useHttps, baseUrl })
  const notebook = readNotebookPath(places.notebook)
  checkHost(server, env, caller)
  checkHttp(server, env, caller)
  const parameters = readParameters(repeated, readFile, given)
  if (caller === 'http') refuseTooMany(parameters)
  const secrets = readSecrets(repeated, env)
  refuseBoth(parameters, secrets)
  return {
    server,
    notebook,
    token: readToken(env),
    idTokenAudience: readAudience(server, env),
    ignoredProxy: proxyVariable(server, env),
    parameters,
    secrets,
    outputs: readOutputs(repeated, env),
    kernelName: options.get('kernel') ?? null,
    kernelId,
    keepKernel: options.has('keep-kernel'),
    allowErrors: options.has('allow-errors'),
    verbose: options.has('verbose'),
    json: options.has('json'),
    ...limits,
    warnings: [...limits.warnings, ...weakSecretWarnings(repeated, env)],
  }
}

/** Those given as flags, else the one in the environment. */
function readOutputs(repeated: Arguments['repeated'], env: Env): readonly string[] {
  const given = (repeated.get('output') ?? []).flat()
  const usual = variableOf(env, 'NBTRIGGER_OUTPUT')
  return given.length > 0 || usual === null ? given : [usual]
}

/** As many as a request by HTTP may set, however it does. */
const maxParameters = 1_000

function refuseTooMany({ size }: ParameterMap): void {
  if (size <= maxParameters) return
  const reason = `${maxParameters} are the most`
  throw new RunError('ARGUMENTS_INVALID', `Cannot set ${size} parameters: ${reason}`)
}

function refuseBoth(parameters: ParameterMap, secrets: readonly Secret[]): void {
  const both = secrets.find(({ name }) => parameters.has(name))
  if (both === undefined) return
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot set ${quoteForError(both.name)}: it is given as a parameter and as a secret`,
    { advice: 'keep one of them' },
  )
}

function refuseFile(path: string): never {
  throw new Error(`there are no files to read here, nor ${quoteForError(path)}`)
}

function refuseCommandOnly(options: Arguments['options']): void {
  const found = table.find(({ name, commandOnly }) => commandOnly && options.has(name))
  if (found === undefined) return
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use "--${found.name}" in a message: it is for the command alone`,
    { advice: 'leave it out' },
  )
}

/** Everything one run needs to know, complete, checked and allowed. */
export interface RunRequest {
  /** Scheme, host, port and base URL, ending in a slash: "https://host/user/ann/". */
  readonly server: URL
  /** A path of Jupyter's contents API with one leading slash, not encoded: "/workspaces/my report.ipynb". */
  readonly notebook: string
  /** The Jupyter token, trimmed. */
  readonly token: string
  /** Of the Google ID token that goes along with every call; null for none. */
  readonly idTokenAudience: string | null
  readonly parameters: ParameterMap
  readonly secrets: readonly Secret[]
  /** Where the executed notebook goes, as it was asked for; not read yet. */
  readonly outputs: readonly string[]
  readonly kernelName: string | null
  /** A kernel that is there already and is left running. */
  readonly kernelId: string | null
  readonly keepKernel: boolean
  readonly allowErrors: boolean
  readonly verbose: boolean
  readonly json: boolean
  /** Limits in milliseconds; null is no limit. */
  readonly runTimeoutMs: number | null
  readonly cellTimeoutMs: number | null
  readonly startTimeoutMs: number
  /** How much output of one cell the executed notebook keeps. */
  readonly maxOutputMegabytes: number
  /** The variable that names a proxy, which is not used; null when there is none. */
  readonly ignoredProxy: string | null
  /** What was not done as it was asked, for the report. */
  readonly warnings: readonly string[]
}

/** An id as Jupyter gives them; nothing that could lead a request elsewhere. */
function readKernelId(text: string | null): string | null {
  if (text === null || /^[\w-]+$/.test(text)) return text
  const reason = 'a kernel\'s id has letters, digits, "_" and "-" only, see "/api/kernels"'
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use the kernel id ${quoteForError(text)}: ${reason}`,
  )
}

export interface DoctorRequest {
  readonly request: RunRequest
  /** null when none was named; the request's own stands for nothing then. */
  readonly notebookPath: string | null
}

const standIn = '/no notebook.ipynb'

/** Reads the words of a run for the doctor, who needs no notebook to look at a server. */
export function readDoctorRequest(
  words: readonly string[],
  env: Env,
  readFile: ReadFile,
): DoctorRequest {
  const { positionals } = parseArguments(words)
  const isNamed =
    givenTarget(positionals).notebook !== undefined || variableOf(env, 'JUPYTER_NOTEBOOK') !== null
  const complete = isNamed ? env : { ...env, JUPYTER_NOTEBOOK: standIn }
  const request = readRequest(words, complete, 'command', readFile)
  return { request, notebookPath: isNamed ? request.notebook : null }
}
