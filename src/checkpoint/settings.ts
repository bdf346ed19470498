import { join } from 'node:path'
import { type ErrorFactory, invalidArguments, type RunError } from '../errors.ts'
import { CloudStorage } from '../google/cloud_storage.ts'
import { checkBucket, splitGcsText } from '../google/gcs_address.ts'
import { type Env, unusable, variableOf } from '../request/env.ts'
import { absolutePath, checkFilePath } from '../util/file_path.ts'
import { readSegments } from '../util/path_segments.ts'
import { timeOfRunId } from '../util/run_id.ts'
import { quoteForError } from '../util/text.ts'
import { FileFolder } from './file.ts'
import { GcsFolder } from './gcs.ts'
import { type CheckpointFolder, CheckpointStore } from './store.ts'

export interface CheckpointContext {
  readonly env: Env
  /** The home of the user. */
  readonly home: string
  /** From where relative paths lead. */
  readonly folder: string | null
}

const variable = 'NBTRIGGER_CHECKPOINTS'

/**
 * Where the checkpoint of a run is kept: NBTRIGGER_CHECKPOINTS, else the state folder of the user, as
 * the XDG Base Directory Specification has it. Throws ARGUMENTS_INVALID.
 */
export function openCheckpoint(
  { env, home, folder }: CheckpointContext,
  runId: string,
): CheckpointStore {
  if (timeOfRunId(runId) === null) throw noRunId(runId)
  const text = variableOf(env, variable)
  if (text !== null) return new CheckpointStore(givenFolder(text, runId, { env, folder }))
  const state = variableOf(env, 'XDG_STATE_HOME') ?? join(home, '.local', 'state')
  return new CheckpointStore(new FileFolder(join(state, 'nbtrigger', 'runs', runId)))
}

/**
 * Where the checkpoint of a run of the job is kept, which each attempt of its task finds by these names:
 * in the bucket of NBTRIGGER_CHECKPOINTS. Throws ARGUMENTS_INVALID.
 */
export function openTaskCheckpoint(env: Env, names: readonly string[]): CheckpointStore {
  const text = variableOf(env, variable)
  const advice = 'set it to "gs://bucket/prefix", or have Cloud Run retry no task'
  if (text === null) {
    throw invalidArguments(`Cannot go on with the runs of a task: ${variable} is not set`, {
      advice,
    })
  }
  const refuse = refusal(text, advice)
  const folder = bucketFolder(text, names, { env, refuse })
  if (folder === null) throw refuse('it names no bucket, and the disk of a task ends with it')
  return new CheckpointStore(folder)
}

function refusal(value: string, advice: string): ErrorFactory {
  return (reason, options) => unusable({ value, source: variable }, reason, { advice, ...options })
}

/** null for what is no address of Cloud Storage. */
function bucketFolder(
  text: string,
  names: readonly string[],
  { env, refuse }: { readonly env: Env; readonly refuse: ErrorFactory },
): CheckpointFolder | null {
  const address = splitGcsText(text)
  if (address === null) return null
  const { bucket, path: prefix } = address
  checkBucket(bucket, refuse)
  const path = [...readSegments(prefix ?? '', refuse), ...names].join('/')
  return new GcsFolder({ bucket, path }, new CloudStorage(variableOf(env, 'STORAGE_EMULATOR_HOST')))
}

function givenFolder(
  text: string,
  runId: string,
  { env, folder }: Pick<CheckpointContext, 'env' | 'folder'>,
): CheckpointFolder {
  const refuse = refusal(text, 'name a folder, or "gs://bucket/prefix"')
  const inBucket = bucketFolder(text, [runId], { env, refuse })
  if (inBucket !== null) return inBucket
  const path = text.replace(/^file:/, '')
  if (/^[a-z]{2,}:/i.test(path)) throw refuse('it is no folder')
  checkFilePath(path, refuse)
  return new FileFolder(join(absolutePath(path, folder, refuse), runId))
}

function noRunId(runId: string): RunError {
  const what = `Cannot resume the run ${quoteForError(runId)}: that is not the id of a run`
  const advice = 'the command prints the id when a run with --resumable begins'
  return invalidArguments(what, { advice })
}
