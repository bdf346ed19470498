import { countOf, type Env, variableOf } from '../request/env.ts'
import { historyDays, historyRuns } from '../request/options.ts'
import { kindOf } from '../storage/destination.ts'
import { dayMs } from '../util/duration.ts'
import { contentsPlace } from './contents.ts'
import { filePlace } from './file.ts'
import { gcsPlace } from './gcs.ts'
import {
  type HistoryPlace,
  type HistoryPlaceKind,
  invalidPlace,
  type PlaceContext,
} from './store.ts'

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

const maxCount = 9_999_999

/** Throws ARGUMENTS_INVALID. */
export function readRetention(env: Env): Retention {
  const days = countOf(env, 'NBTRIGGER_RUNS_MAX_DAYS', maxCount) ?? historyDays
  return {
    maxAgeMs: days * dayMs,
    maxRuns: countOf(env, 'NBTRIGGER_RUNS_MAX_COUNT', maxCount) ?? historyRuns,
  }
}
