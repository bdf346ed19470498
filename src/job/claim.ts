import { asRunError, RunError, type RunErrorOptions } from '../errors.ts'
import { codeOf } from '../google/api.ts'
import { CloudStorage, gcsProblem, type GcsObject } from '../google/cloud_storage.ts'
import { isBucketName, splitGcs } from '../google/gcs_address.ts'
import { type Env, unusable, variableOf } from '../request/env.ts'
import { deadline } from '../util/abort.ts'
import { tryParseJson } from '../util/json.ts'
import { readSegments } from '../util/path_segments.ts'
import { textOf } from '../util/record.ts'
import type { Task } from './task.ts'

/** Whether this task is the one that runs its message. */
export type Claim =
  | { readonly type: 'ours' }
  /** Another task runs it, or has run it. */
  | { readonly type: 'taken'; readonly by: string }
  | { readonly type: 'failed'; readonly error: RunError }

const ours: Claim = { type: 'ours' }
const maxClaimMs = 30_000
const preconditionFailed = '412'

/**
 * Writes an object that is named after the message of the task, unless there is one already: a message
 * that is delivered twice starts two executions, of which one runs it. Another attempt of the same
 * task has the same claim. Without NBTRIGGER_CLAIMS or a message there is nothing to claim.
 */
export async function claimTask(task: Task, env: Env, signal: AbortSignal): Promise<Claim> {
  using limit = deadline(maxClaimMs, tooSlow, signal)
  try {
    const folder = readClaims(env)
    if (folder === null || task.messageId === null) return ours
    const { bucket } = folder
    const object = { bucket, path: [folder.path, task.messageId].filter(Boolean).join('/') }
    return await claim(object, { task, env }, limit.signal)
  } catch (error) {
    return { type: 'failed', error: asRunError(error) }
  }
}

interface Claimant {
  readonly task: Task
  readonly env: Env
}

async function claim(
  object: GcsObject,
  { task, env }: Claimant,
  signal: AbortSignal,
): Promise<Claim> {
  const storage = new CloudStorage(variableOf(env, 'STORAGE_EMULATOR_HOST'))
  const bytes = Buffer.from(JSON.stringify({ task: task.name, at: new Date().toISOString() }))
  const upload = { bytes, mediaType: 'application/json', isNew: true }
  try {
    try {
      await storage.write(object, upload, signal)
      return ours
    } catch (error) {
      if (codeOf(error) !== preconditionFailed) throw error
    }
    const by = textOf(tryParseJson((await storage.read(object, signal)) ?? ''), 'task')
    // It is our own after another attempt of the task, or when the answer to the first call was lost.
    return by === task.name ? ours : { type: 'taken', by: by ?? 'another task' }
  } catch (cause) {
    signal.throwIfAborted()
    const { what, advice = null } = gcsProblem(cause, {
      bucket: object.bucket,
      verb: 'claim',
      role: 'storage.objectUser',
    })
    throw failure(what, { advice, cause })
  }
}

/** Throws ARGUMENTS_INVALID. */
function readClaims(env: Env): GcsObject | null {
  const text = variableOf(env, 'NBTRIGGER_CLAIMS')
  if (text === null) return null
  const refuse = (reason: string) =>
    unusable({ value: text, source: 'NBTRIGGER_CLAIMS' }, reason, {
      advice: 'write it as "gs://bucket/prefix"',
    })
  const address = text.startsWith('gs:') ? splitGcs(text.slice('gs:'.length)) : null
  if (address === null || !isBucketName(address.bucket)) throw refuse('it names no bucket')
  return { bucket: address.bucket, path: readSegments(address.path ?? '', refuse).join('/') }
}

function tooSlow(): RunError {
  return failure(`Cloud Storage did not answer within ${maxClaimMs / 1000} s`)
}

function failure(what: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'CLAIM_FAILED',
    `Cannot claim the message (NBTRIGGER_CLAIMS): ${what}`,
    options,
  )
}
