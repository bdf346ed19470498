import { RunError } from '../errors.ts'
import type { Secret } from '../parameter.ts'
import { parseArguments } from './arguments.ts'
import type { Env } from './environment.ts'
import { quoted } from '../quoted.ts'
import type { Repeated } from './repeated.ts'

/** A shorter value stands in any text: masking it would leave nothing to read. */
const shortest = 4

/** The secrets that the options name, their values taken from the environment as they are. */
export function readSecrets(repeated: Repeated, env: Env): readonly Secret[] {
  return (repeated.get('secret') ?? []).map(([name = '', variable = '']) => ({
    name,
    value: readValue(variable, env),
  }))
}

/** What the words ask to be kept secret, as far as they can be read: for a redactor. */
export function secretsAsked(words: () => readonly string[], env: Env): readonly string[] {
  try {
    const asked = parseArguments(words()).repeated.get('secret') ?? []
    return asked.flatMap(([, variable = '']) => partsOf(valueOf(env, variable)))
  } catch {
    return [] // words that cannot be read set no secret
  }
}

function readValue(variable: string, env: Env): string {
  if (variable === 'JUPYTER_TOKEN' || variable.startsWith('NBTRIGGER_')) {
    throw invalid(variable, 'it is for nbtrigger alone')
  }
  const value = valueOf(env, variable)
  if (value === '') throw invalid(variable, 'it is not set or empty where nbtrigger runs')
  if (value.length >= shortest) return value
  const reason = `it has fewer than ${shortest} characters, too few to be masked in output`
  throw invalid(variable, `${reason}; if it is no secret, give it with --raw`)
}

function valueOf(env: Env, variable: string): string {
  return Object.hasOwn(env, variable) ? (env[variable] ?? '') : ''
}

/** A key of many lines is often shown line by line, and any value without the white space around. */
function partsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).filter((line) => line.trim().length >= 8)
  return [value, value.trim(), ...lines].filter((part) => part.length >= shortest)
}

function invalid(variable: string, reason: string): RunError {
  const message = `Cannot take a secret from the variable ${quoted(variable)}: ${reason}`
  return new RunError('ARGUMENTS_INVALID', message)
}
