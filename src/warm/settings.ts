import { RunError } from '../errors.ts'
import { countOf, type Env, variableOf } from '../request/env.ts'
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
    maxKernels: countOf(env, 'NBTRIGGER_WARM_MAX', maxCount) ?? warmKernels,
    maxAgeMs: (countOf(env, 'NBTRIGGER_WARM_MAX_AGE', maxCount) ?? warmSeconds) * 1000,
  }
}

const maxSize = 100
const maxCount = 86_400

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

function invalid(text: string, reason: string): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use ${quoteForError(text)} in NBTRIGGER_WARM: ${reason}`,
  )
}
