import { isRecord } from '../jupyter/json.ts'
import type { ParameterMap, ParameterValue } from '../parameter.ts'
import { isList } from '../parameter.ts'
import { span } from './papermill_cell.ts'

/** What is known of a run before it starts. */
export interface RunFacts {
  /** The notebook's path. */
  readonly path: string
  readonly parameters: ParameterMap
  /** Where the executed notebook goes first; null when it is kept nowhere. */
  readonly outputPath?: string | null
}

export interface NotebookTimes {
  readonly startedAt: Date
  readonly endedAt: Date | null
  readonly isFailed: boolean
}

/**
 * A notebook's `metadata.papermill`: secrets are no parameters, and stand nowhere. Without
 * parameters of its own, a run keeps those of the earlier run whose cell `stillSets` them, as
 * papermill does.
 */
export function papermillNotebook(
  { path, parameters, outputPath = null }: RunFacts,
  { startedAt, endedAt, isFailed }: NotebookTimes,
  stillSets: unknown,
): Readonly<Record<string, unknown>> {
  const isKept = parameters.size === 0 && isRecord(stillSets)
  return {
    default_parameters: {},
    parameters: isKept ? stillSets : plainValue(parameters),
    environment_variables: {},
    version: 'nbtrigger',
    input_path: path,
    output_path: outputPath,
    ...span(startedAt, endedAt),
    exception: isFailed ? true : null,
  }
}

/** As JSON has it; what is no number there becomes text. */
function plainValue(value: ParameterValue): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map(plainValue)
  return Object.fromEntries(Array.from(value, ([name, inner]) => [name, plainValue(inner)]))
}
