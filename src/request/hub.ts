import { invalidArguments, type RunError } from '../errors.ts'
import { tryParseJson } from '../util/json.ts'
import { isRecord } from '../util/record.ts'
import { unusable } from './env.ts'
import type { RunOptions } from './run_options.ts'

/** The server that a run is to have on JupyterHub. */
export interface HubRequest {
  /** null for the user that the token belongs to. */
  readonly user: string | null
  /** Empty for the user's default server; null for one that is made for this run. */
  readonly server: string | null
  /** What the spawner gets as `user_options`. */
  readonly spawnerOptions: Readonly<Record<string, unknown>>
}

/** The token's own user, for `--hub` without a name. */
const self = '.'

/** Reads `--hub` and `--hub-options`; null without `--hub`. Throws ARGUMENTS_INVALID. */
export function readHub(options: RunOptions): HubRequest | null {
  const { hub, hubOptions } = options
  if (hub === null) {
    if (hubOptions === null) return null
    throw invalidArguments('Cannot use --hub-options: no server is started on JupyterHub', {
      advice: 'add --hub',
    })
  }
  const request = { ...readName(hub), spawnerOptions: readSpawnerOptions(hubOptions) }
  if (request.server === null) refuseKept(options)
  return request
}

function readName(text: string): Pick<HubRequest, 'user' | 'server'> {
  const [user = '', server = null, ...more] = text.split('/')
  const problem = more.length > 0 ? 'it has two slashes' : (problemOf(user) ?? problemOf(server))
  if (user === '') throw invalidName(text, 'it names no user')
  if (problem !== null) throw invalidName(text, problem)
  return { user: user === self ? null : user, server }
}

/** Names become parts of paths. */
function problemOf(name: string | null): string | null {
  if (name === null || name === self) return null
  if (name === '..') return 'it contains ".."'
  return /[\p{Cc}\s?#\\%]/u.test(name) ? 'it contains a character that no name has' : null
}

/** What a run leaves on a server that is stopped at its end is lost. */
function refuseKept({ kernelId, keepKernel }: RunOptions): void {
  const flag = kernelId !== null ? '--kernel-id' : keepKernel ? '--keep-kernel' : null
  if (flag === null) return
  throw invalidArguments(`Cannot use ${flag} on a server that is started for this run alone`, {
    advice: 'name a server that runs: --hub USER/SERVER',
  })
}

function readSpawnerOptions(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {}
  const options = tryParseJson(text)
  if (isRecord(options)) return options
  throw invalidArguments('Cannot read --hub-options: it is not an object of JSON', {
    advice: `write it as in '{"profile": "large"}'`,
  })
}

function invalidName(text: string, reason: string): RunError {
  const advice = 'write USER, USER/SERVER, or USER/ for the default server'
  return unusable({ value: text, source: '--hub' }, reason, { advice })
}
