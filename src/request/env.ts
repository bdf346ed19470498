import type { Arguments } from './argv.ts'
import { type OptionName, options as table } from './options.ts'

/** The process's environment, or what a test puts in its place. */
export type Env = Readonly<Record<string, string | undefined>>

/** Who asks: a person at a terminal, anyone who may publish to the topic, or who may call by HTTP. */
export type Caller = 'command' | 'function' | 'http'

/** A variable's value, trimmed; null when it is not set or empty. */
export function variableOf(env: Env, name: string): string | null {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? null : value
}

/** A value together with where it comes from: "--timeout" or "NBTRIGGER_TIMEOUT". */
export interface Setting {
  readonly text: string
  readonly source: string
}

export interface Sources {
  readonly options: Arguments['options']
  readonly env: Env
}

/** The flag's value, else the variable's; null leaves the default. */
export function settingOf(name: OptionName, { options, env }: Sources): Setting | null {
  const given = options.get(name)
  if (given !== undefined) return { text: given, source: `--${name}` }
  const variable = table.find((option) => option.name === name)?.variable
  if (variable === undefined) return null
  const text = variableOf(env, variable)
  return text === null ? null : { text, source: variable }
}
