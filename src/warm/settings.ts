import { RunError } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'
import { warmKernels, warmSeconds } from '../request/options.ts'
import { readSegments } from '../util/path_segments.ts'
import { quoteForError } from '../util/text.ts'

/** Which notebooks have warm kernels, and how many. */
export interface WarmSettings {
  /** By path: "/model.ipynb". */
  readonly sizes: ReadonlyMap<string, number>
  /** Of all notebooks together, with those that are being made. */
  readonly maxKernels: number
  readonly maxAgeMs: number
}

/**
 * Reads NBTRIGGER_WARM, NBTRIGGER_WARM_MAX and NBTRIGGER_WARM_MAX_AGE; null where no notebook has warm
 * kernels. Throws ARGUMENTS_INVALID.
 */
export function readWarmSettings(env: Env): WarmSettings | null {
  const text = variableOf(env, 'NBTRIGGER_WARM')
  if (text === null) return null
  const entries = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map(readEntry)
  const sizes = new Map(entries)
  if (sizes.size < entries.length) throw invalid(text, 'it names a notebook twice')
  return {
    sizes,
    maxKernels: readCount(env, 'NBTRIGGER_WARM_MAX') ?? warmKernels,
    maxAgeMs: (readCount(env, 'NBTRIGGER_WARM_MAX_AGE') ?? warmSeconds) * 1000,
  }
}

const maxSize = 100

/** "/model.ipynb=2", where "=1" may be left out. */
function readEntry(entry: string): readonly [path: string, size: number] {
  const [, name = '', count = '1'] = /^(.*?\.ipynb)(?:=(\d{1,3}))?$/i.exec(entry) ?? []
  const size = Number(count)
  if (name === '' || size < 1 || size > maxSize) {
    throw invalid(entry, `it is not /PATH.ipynb=N with an N from 1 to ${maxSize}`)
  }
  const refuse = (reason: string) => invalid(entry, reason)
  return [`/${readSegments(name, refuse).join('/')}`, size]
}

const maxCount = 86_400

function readCount(env: Env, name: string): number | null {
  const text = variableOf(env, name)
  if (text === null) return null
  const count = Number(text)
  if (/^\d{1,5}$/.test(text) && count >= 1 && count <= maxCount) return count
  const reason = `it is not a whole number from 1 to ${maxCount}`
  throw new RunError('ARGUMENTS_INVALID', `Cannot use ${quoteForError(text)} as ${name}: ${reason}`)
}

function invalid(text: string, reason: string): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use ${quoteForError(text)} in NBTRIGGER_WARM: ${reason}`,
  )
}
