import { RunError } from '../errors.ts'
import type { ParameterMap, Secret } from '../parameter.ts'
import { readAudience } from './audience.ts'
import { checkHost } from './allow_list.ts'
import { parseArguments, type Arguments } from './arguments.ts'
import { variableOf, type Caller, type Env } from './environment.ts'
import { checkHttp } from './http_rule.ts'
import { readKernelId } from './kernel_id.ts'
import { readLimits } from './limits.ts'
import { readNotebookPath } from './notebook_path.ts'
import { options as table } from './options.ts'
import { readParameters, type ReadFile } from './parameters.ts'
import { readPlaces } from './places.ts'
import { proxyVariable } from './proxy_variables.ts'
import { quoted } from '../quoted.ts'
import type { RunRequest } from './run_request.ts'
import { readSecrets, weakSecretWarnings } from './secrets.ts'
import { readServerAddress } from './server_address.ts'
import { settingOf } from './setting.ts'
import { readToken } from './token.ts'

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
  const places = readPlaces(positionals, env)
  const baseUrl = settingOf('base-url', { options, env })?.text ?? '/'
  // An address in the environment has no flag beside it; nothing but https is served on this port.
  const isSecure = places.isUsualHost && places.host.endsWith(':443')
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
const mostParameters = 1_000

function refuseTooMany({ size }: ParameterMap): void {
  if (size <= mostParameters) return
  const reason = `${mostParameters} are the most`
  throw new RunError('ARGUMENTS_INVALID', `Cannot set ${size} parameters: ${reason}`)
}

function refuseBoth(parameters: ParameterMap, secrets: readonly Secret[]): void {
  const both = secrets.find(({ name }) => parameters.has(name))
  if (both === undefined) return
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot set ${quoted(both.name)}: it is given as a parameter and as a secret; keep one of them`,
  )
}

function refuseFile(path: string): never {
  throw new Error(`there are no files to read here, nor ${quoted(path)}`)
}

function refuseCommandOnly(options: Arguments['options']): void {
  const found = table.find(({ name, commandOnly }) => commandOnly && options.has(name))
  if (found === undefined) return
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use "--${found.name}" in a message: it is for the command alone; leave it out`,
  )
}
