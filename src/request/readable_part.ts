import { attempt, RunError } from '../errors.ts'
import type { ParameterMap } from '../parameters/parameter.ts'
import { contentAddress } from '../sources/content.ts'
import { unreadSources } from '../sources/source.ts'
import { parseSource } from '../sources/sources.ts'
import type { Env } from './env.ts'
import { readParameters, type ReadFile, refuseFile } from './parameters.ts'
import type { RunOptions } from './run_options.ts'
import { targetNotebook } from './target.ts'

/** The notebook that is named, whatever is wrong with the rest; null where that is wrong too. */
export function readableNotebook(
  options: RunOptions,
  env: Env,
  folder: string | null,
): string | null {
  if (options.notebookContent !== null) return contentAddress
  const source = attempt(() =>
    parseSource(targetNotebook(options, env), { ...unreadSources, folder }),
  )
  return source instanceof RunError ? null : source.describe()
}

/** The parameters that are given, whatever is wrong with the rest; none where they are wrong too. */
export function readableParameters(
  options: RunOptions,
  readFile: ReadFile = refuseFile,
): ParameterMap {
  const parameters = attempt(() => readParameters(options, readFile))
  return parameters instanceof RunError ? new Map() : parameters
}
