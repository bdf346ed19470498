import { RunError } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'
import { historyDays, historyRuns } from '../request/options.ts'
import { kindOf } from '../storage/destination.ts'
import { dayMs } from '../util/duration.ts'
import { quoteForError } from '../util/text.ts'
import { contentsPlace } from './contents.ts'
import { filePlace } from './file.ts'
import { gcsPlace } from './gcs.ts'
import {
  type HistoryPlace,
  type HistoryPlaceKind,
  invalidPlace,
  type PlaceContext,
} from './place.ts'

/** Every kind of place that there is. */
const kinds: readonly HistoryPlaceKind[] = [contentsPlace, gcsPlace, filePlace]

/** Which runs are kept: those that are neither too old nor too many. */
export interface Retention {
  readonly maxAgeMs: number
  /** null when only the age counts. */
  readonly maxRuns: number | null
}

/** The place that NBTRIGGER_RUNS names, null when it is not set; throws ARGUMENTS_INVALID. */
export function readHistoryPlace(
  env: Env,
  { folder, openServer }: Pick<PlaceContext, 'folder' | 'openServer'>,
): HistoryPlace | null {
  const text = variableOf(env, 'NBTRIGGER_RUNS')
  if (text === null) return null
  const found = kindOf(text, kinds)
  const storageEmulator = variableOf(env, 'STORAGE_EMULATOR_HOST')
  const context = { text, folder, openServer, storageEmulator }
  if (found !== null) return found.kind.parse(found.rest, context)
  const examples = kinds.map(({ example }) => `"${example}"`).join(' nor ')
  throw invalidPlace(text)(`it is neither ${examples}`)
}

/** Throws ARGUMENTS_INVALID. */
export function readRetention(env: Env): Retention {
  const days = readCount(env, 'NBTRIGGER_RUNS_MAX_DAYS', historyDays)
  return {
    maxAgeMs: days * dayMs,
    maxRuns: readCount(env, 'NBTRIGGER_RUNS_MAX_COUNT', historyRuns),
  }
}

function readCount(env: Env, name: string, usual: number): number {
  const text = variableOf(env, name)
  if (text === null) return usual
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  const reason = 'it is not a whole number from 1 to 9999999'
  throw new RunError('ARGUMENTS_INVALID', `Cannot use ${quoteForError(text)} as ${name}: ${reason}`)
}
