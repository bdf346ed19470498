import { RunError } from '../errors.ts'
import { checkHost } from './allow_list.ts'
import { parseArguments, type Arguments } from './arguments.ts'
import type { Caller, Env } from './environment.ts'
import { checkHttp } from './http_rule.ts'
import { readKernelId } from './kernel_id.ts'
import { readLimits } from './limits.ts'
import { readNotebookPath } from './notebook_path.ts'
import { options as table } from './options.ts'
import { readPlaces } from './places.ts'
import type { RunRequest } from './run_request.ts'
import { readServerAddress } from './server_address.ts'
import { settingOf } from './setting.ts'
import { readToken } from './token.ts'

/** Words and environment to a request that is complete, checked and allowed; sends nothing. */
export function readRequest(words: readonly string[], env: Env, caller: Caller): RunRequest {
  const { positionals, options } = parseArguments(words)
  if (caller === 'function') refuseCommandOnly(options)
  const limits = readLimits(options, env, caller)
  const kernelId = readKernelId(options.get('kernel-id') ?? null)
  const places = readPlaces(positionals, env)
  const baseUrl = settingOf('base-url', { options, env })?.text ?? '/'
  const server = readServerAddress(places.host, { useHttps: options.has('use-https'), baseUrl })
  const notebook = readNotebookPath(places.notebook)
  checkHost(server, env, caller)
  checkHttp(server, env, caller)
  return {
    server,
    notebook,
    token: readToken(env),
    kernelName: options.get('kernel') ?? null,
    kernelId,
    keepKernel: options.has('keep-kernel'),
    allowErrors: options.has('allow-errors'),
    verbose: options.has('verbose'),
    json: options.has('json'),
    ...limits,
  }
}

function refuseCommandOnly(options: Arguments['options']): void {
  const found = table.find(({ name, commandOnly }) => commandOnly && options.has(name))
  if (found === undefined) return
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use "--${found.name}" in a message: it is for the command alone; leave it out`,
  )
}
