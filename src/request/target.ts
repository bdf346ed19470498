import { RunError, type RunErrorOptions } from '../errors.ts'
import { lookalikeReason } from '../util/lookalikes.ts'
import { readSegments } from '../util/path_segments.ts'
import { quoteForError, quoteAddress } from '../util/text.ts'
import { type Env, variableOf } from './env.ts'
import { positionals } from './options.ts'

/** What to run and where, as it was typed. */
export interface Target {
  readonly host: string
  readonly notebook: string
  /** No word names the host: it is JUPYTER_SERVER. */
  readonly isDefaultHost: boolean
}

/** Takes from the environment what the positionals leave open. */
export function readTarget(words: readonly string[], env: Env): Target {
  const { host, notebook } = givenTarget(words)
  return {
    host: host ?? required('host', env),
    notebook: notebook ?? required('notebook', env),
    isDefaultHost: host === undefined,
  }
}

/** What the positionals themselves say; throws for one that is a URL. */
export function givenTarget([first, second]: readonly string[]): Partial<
  Omit<Target, 'isDefaultHost'>
> {
  if (first === undefined) return {}
  if (second !== undefined) return { host: first, notebook: second }
  if (first.includes('://')) {
    throw invalid(`Cannot read the argument ${quoteAddress(first)}: it is a URL`, {
      advice: 'write HOST[:PORT], a space, and the path',
    })
  }
  const isNotebook = first.startsWith('/') || first.endsWith('.ipynb')
  if (isNotebook) return { notebook: first }
  const reason = lookalikeReason(first) // a notebook, maybe, in quotes of another kind
  if (reason !== null) {
    throw invalid(`Cannot read the argument ${quoteAddress(first)}: ${reason.what}`, reason)
  }
  return { host: first }
}

function required(name: keyof typeof positionals, env: Env): string {
  const { argument, variable } = positionals[name]
  const value = variableOf(env, variable)
  if (value !== null) return value
  throw invalid(`Cannot run a notebook: the ${name} is missing`, {
    advice: `write "${argument}" or set ${variable}, as in "localhost:8888 /reports/daily.ipynb"`,
  })
}

function invalid(what: string, options: RunErrorOptions = {}): RunError {
  return new RunError('ARGUMENTS_INVALID', what, options)
}

/** A path of Jupyter's contents API with one leading slash, not encoded. */
export function readNotebookPath(text: string): string {
  if (text.includes('://')) {
    throw invalidPath(quoteAddress(text), 'it is a URL', {
      advice: 'write HOST[:PORT], a space, and the path',
    })
  }
  const segments = readSegments(text, (reason, options) =>
    invalidPath(quoteForError(text), reason, options),
  )
  if (segments.length === 0) throw invalidPath(quoteForError(text), 'it names no file')
  return `/${segments.join('/')}`
}

function invalidPath(path: string, reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use the notebook path ${path}: ${reason}`,
    options,
  )
}
