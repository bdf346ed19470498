import { createRedactor } from '../../src/redaction/redactor.ts'
import { parseArgv } from '../../src/request/argv.ts'
import type { Caller, Env } from '../../src/request/env.ts'
import type { ReadFile } from '../../src/request/parameters.ts'
import type { RunOptions } from '../../src/request/run_options.ts'
import { createRunRequest, type RunRequest } from '../../src/request/run_request.ts'

/** The request of a command line or a message. */
export function requestOf(
  args: readonly string[],
  env: Env,
  caller: Caller,
  readFile?: ReadFile,
): RunRequest {
  return requestFor(parseArgv(args), env, caller, readFile)
}

/** The request of options that were read already. */
export function requestFor(
  options: RunOptions,
  env: Env,
  caller: Caller,
  readFile?: ReadFile,
): RunRequest {
  const run = { folder: '/', runId: 'run-1', messageId: null, redactor: createRedactor([]) }
  return createRunRequest(options, { ...run, env, caller, ...(readFile && { readFile }) })
}
