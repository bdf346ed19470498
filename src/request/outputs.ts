import { isOnServer } from '../storage/contents.ts'
import type { Destination } from '../storage/destination.ts'
import { parseDestination } from '../storage/destinations.ts'
import { fillIn, type PlaceholderValues } from '../storage/placeholders.ts'
import { quoteAddress } from '../util/text.ts'
import { isDefaultServer } from './allow_list.ts'
import { type Env, unusable, variableOf } from './env.ts'
import type { RunOptions } from './run_options.ts'
import type { ServerConfig } from './server_config.ts'

interface OutputContext {
  readonly values: PlaceholderValues
  /** Whether files of this machine may be written. */
  readonly allowFiles: boolean
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  readonly writeOutput?: (bytes: Uint8Array) => Promise<void>
}

/** Where the executed notebook goes, placeholders filled in; throws ARGUMENTS_INVALID. */
export function readDestinations(
  options: RunOptions,
  env: Env,
  { values, ...context }: OutputContext,
): readonly Destination[] {
  const storageEmulator = variableOf(env, 'STORAGE_EMULATOR_HOST')
  return outputsOf(options, env).map((text) =>
    fillIn(parseDestination(text, { ...context, storageEmulator }), values),
  )
}

/** The addresses as they were given: those of the options, else the one in the environment. */
export function outputsOf({ output }: RunOptions, env: Env): readonly string[] {
  const fromEnv = variableOf(env, 'NBTRIGGER_OUTPUT')
  return output.length > 0 || fromEnv === null ? output : [fromEnv]
}

/** A warning for each destination that is lost with the instance of the Jupyter Server. */
export function storageWarnings(
  destinations: readonly Destination[],
  { url }: ServerConfig,
  env: Env,
): readonly string[] {
  if (isPersistent(env) || !isDefaultServer(url, env)) return []
  return destinations
    .filter(isOnServer)
    .map(
      ({ address }) =>
        `The executed notebook at ${quoteAddress(address)} will be lost when the instance of the ` +
        'Jupyter Server ends; save it to "gs://bucket/object", or have the server keep its files in a bucket',
    )
}

/** Throws ARGUMENTS_INVALID for a value that JUPYTER_STORAGE cannot have. */
function isPersistent(env: Env): boolean {
  const storage = variableOf(env, 'JUPYTER_STORAGE') ?? 'persistent'
  if (storage === 'persistent') return true
  if (storage === 'temporary') return false
  throw unusable(
    { value: storage, source: 'JUPYTER_STORAGE' },
    'it is neither "persistent" nor "temporary"',
  )
}
