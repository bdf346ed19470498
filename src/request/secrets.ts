import { RunError, type RunErrorOptions } from '../errors.ts'
import type { Secret } from '../parameters/parameter.ts'
import { isWeakSecret, maxSecretBytes, minSecretLength } from '../redaction/secret_finder.ts'
import { quoteForError } from '../util/text.ts'
import type { Env } from './env.ts'
import type { RunOptions } from './run_options.ts'

type SecretOptions = Pick<RunOptions, 'secret'>

/**
 * The secrets that the options name, with the unchanged values of their environment variables. Throws
 * ARGUMENTS_INVALID for a variable that is not set, or that no notebook gets.
 */
export function readSecrets({ secret }: SecretOptions, env: Env): readonly Secret[] {
  return secret.map(([name, variable]) => ({ name, value: readValue(variable, env) }))
}

/** The values of the variables that the options name, to be masked whether they are valid or not. */
export function secretValues({ secret }: SecretOptions, env: Env): readonly string[] {
  return secret.map(([, variable]) => valueOf(env, variable))
}

/** Credentials of nbtrigger, which no notebook gets; besides these, all NBTRIGGER_ variables. */
const ownVariables = new Set(['JUPYTER_TOKEN', 'GITHUB_TOKEN'])

function readValue(variable: string, env: Env): string {
  if (ownVariables.has(variable) || variable.startsWith('NBTRIGGER_')) {
    throw invalid(variable, 'it is for nbtrigger alone')
  }
  const value = valueOf(env, variable)
  if (value === '') throw invalid(variable, 'it is not set or empty where nbtrigger runs')
  if (Buffer.byteLength(value) > maxSecretBytes) {
    throw invalid(variable, tooLong, { advice: 'put it into a file that the notebook can read' })
  }
  if (value.trim().length >= minSecretLength) return value
  const reason = `it has fewer than ${minSecretLength} characters, too few to be masked in output`
  throw invalid(variable, reason, { advice: 'if it is no secret, give it with --raw' })
}

const tooLong = `it has more than ${maxSecretBytes / 2 ** 20} MiB, too much to be masked in output`

/** Warnings about the token and secrets that ordinary text may hold too. */
export function weakSecretWarnings({ secret }: SecretOptions, env: Env): readonly string[] {
  const all = new Set(['JUPYTER_TOKEN', ...secret.map(([, variable]) => variable)])
  return [...all].flatMap((variable) => weakSecretWarning(variable, valueOf(env, variable).trim()))
}

function weakSecretWarning(variable: string, value: string): readonly string[] {
  if (value === '' || !isWeakSecret(value)) return []
  const what =
    value.length < minSecretLength
      ? `${variable} has fewer than ${minSecretLength} characters and is masked nowhere`
      : `${variable} is short or a word: it is masked in outputs and messages, also where it means ` +
        'something else, but not in names, paths and pages'
  return [`${what}; use a long random one`]
}

function valueOf(env: Env, variable: string): string {
  return Object.hasOwn(env, variable) ? (env[variable] ?? '') : ''
}

function invalid(variable: string, reason: string, options: RunErrorOptions = {}): RunError {
  const message = `Cannot take a secret from the variable ${quoteForError(variable)}: ${reason}`
  return new RunError('ARGUMENTS_INVALID', message, options)
}
