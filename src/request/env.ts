import { invalidArguments, type RunError, type RunErrorOptions } from '../errors.ts'
import { quoteForError } from '../util/text.ts'
import { type OptionName, allOptions } from './options.ts'

/** The process's environment, or what a test puts in its place. */
export type Env = Readonly<Record<string, string | undefined>>

/**
 * Who starts a run: a person at a terminal, anyone who may publish to the topic, or call by HTTP. A job
 * of Cloud Run is given the words of a message, and allows what the function allows.
 */
export type Caller = 'command' | 'function' | 'job' | 'http'

/** A variable's value, trimmed; null when it is not set or empty. */
export function variableOf(env: Env, name: string): string | null {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? null : value
}

/** A variable's whole number from 1 to `max`, null when it is not set; throws ARGUMENTS_INVALID. */
export function countOf(env: Env, name: string, max: number): number | null {
  const text = variableOf(env, name)
  if (text === null) return null
  if (/^[1-9]\d*$/.test(text) && Number(text) <= max) return Number(text)
  throw unusable({ value: text, source: name }, `it is not a whole number from 1 to ${max}`)
}

/** A value together with where it comes from: "--timeout" or "NBTRIGGER_TIMEOUT". */
export interface Setting<Value> {
  readonly value: Value
  readonly source: string
}

/** What the option was given, else the text of its variable; null leaves the default. */
export function settingOf<Value>(
  name: OptionName,
  given: Value | null,
  env: Env,
): Setting<Value | string> | null {
  if (given !== null) return { value: given, source: `--${name}` }
  const variable = allOptions.find((option) => option.name === name)?.variable
  if (variable === undefined) return null
  const text = variableOf(env, variable)
  return text === null ? null : { value: text, source: variable }
}

/** The error for a value that cannot be used: 'Cannot use "x" as --timeout: REASON'. */
export function unusable(
  { value, source }: Setting<string | number>,
  reason: string,
  options: RunErrorOptions = {},
): RunError {
  const what = `Cannot use ${quoteForError(String(value))} as ${source}: ${reason}`
  return invalidArguments(what, options)
}
