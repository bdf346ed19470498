import { countOf, type Env, variableOf } from '../request/env.ts'
import { historyDays, historyRuns } from '../request/options.ts'
import { kindOf } from '../storage/destination.ts'
import { dayMs } from '../util/duration.ts'
import { contentsStore } from './contents.ts'
import { fileStore } from './file.ts'
import { gcsStore } from './gcs.ts'
import {
  type HistoryStore,
  type HistoryStoreKind,
  invalidStore,
  type StoreContext,
} from './store.ts'

/** Every kind of store that there is. */
const kinds: readonly HistoryStoreKind[] = [contentsStore, gcsStore, fileStore]

/** Which runs are kept: those that are neither too old nor too many. */
export interface Retention {
  readonly maxAgeMs: number
  /** null when only the age counts. */
  readonly maxRuns: number | null
}

/** The store that NBTRIGGER_RUNS names, null when it is not set; throws ARGUMENTS_INVALID. */
export function readHistoryStore(
  env: Env,
  { folder, openServer }: Pick<StoreContext, 'folder' | 'openServer'>,
): HistoryStore | null {
  const text = variableOf(env, 'NBTRIGGER_RUNS')
  if (text === null) return null
  const found = kindOf(text, kinds)
  const storageEmulator = variableOf(env, 'STORAGE_EMULATOR_HOST')
  const context = { text, folder, openServer, storageEmulator }
  if (found !== null) return found.kind.parse(found.rest, context)
  const examples = kinds.map(({ example }) => `"${example}"`).join(' nor ')
  throw invalidStore(text)(`it is neither ${examples}`)
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
