import type { Arguments } from './arguments.ts'
import { variableOf, type Env } from './environment.ts'
import { options as table, type OptionName } from './options.ts'

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
