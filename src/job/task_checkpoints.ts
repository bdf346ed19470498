import {
  type FoundCheckpoint,
  findCheckpoint,
  RunCheckpoint,
  takenOver,
} from '../checkpoint/run_checkpoint.ts'
import { openTaskCheckpoint } from '../checkpoint/settings.ts'
import type { CheckpointStore } from '../checkpoint/store.ts'
import { asRunError } from '../errors.ts'
import { type Env, unusable, variableOf } from '../request/env.ts'
import { isEntry, type SweepEntry } from '../sweep/report.ts'
import { neverAborts } from '../util/abort.ts'
import { createRunId } from '../util/run_id.ts'
import type { Task } from './task.ts'

/** What this attempt of the task has to do for a run. */
type ClaimedRun =
  | { readonly type: 'ours'; readonly checkpoint: RunCheckpoint }
  /** An earlier attempt has ended the run. */
  | { readonly type: 'ended'; readonly entry: SweepEntry }

/** Cloud Run repeats a task no more often. */
const maxRetries = 10
/** An earlier attempt that is still alive may write at the same moment. */
const maxClaims = 20
/** How far the clocks of two machines may be apart. */
const maxSkewMs = 60_000

/**
 * The checkpoints of the runs of a task whose attempts go on with each other's: each run has one in the
 * bucket of NBTRIGGER_CHECKPOINTS that is named after the task. It says which attempt performs the run,
 * and at last what came of it. The latest attempt performs it, and an earlier one that still lives stops.
 */
export class TaskCheckpoints {
  readonly #task: Task
  readonly #retries: number
  readonly #env: Env

  private constructor(task: Task, retries: number, env: Env) {
    this.#task = task
    this.#retries = retries
    this.#env = env
  }

  /**
   * null where no attempt can go on with the runs of another: Cloud Run is not to repeat the task, or
   * kernels end with it. Throws ARGUMENTS_INVALID.
   */
  static open(task: Task, env: Env): TaskCheckpoints | null {
    const retries = readRetries(env)
    const hasName = variableOf(env, 'CLOUD_RUN_EXECUTION') !== null
    if (retries === 0 || !hasName || variableOf(env, 'NBTRIGGER_SIDECAR') === '1') return null
    const checkpoints = new TaskCheckpoints(task, retries, env)
    checkpoints.#store(null)
    return checkpoints
  }

  /** Whether Cloud Run starts another attempt of the task when this one fails. */
  get isRetried(): boolean {
    return this.#task.attempt < this.#retries
  }

  /**
   * Makes a run that of this attempt: a new one, or the one that an earlier attempt has begun. `set` is
   * the index of its set of parameters; null for the only run of the task. Throws TAKEN_OVER where a later
   * attempt performs it, CHECKPOINT_FAILED, and the signal's reason.
   */
  async claim(set: number | null, signal: AbortSignal): Promise<ClaimedRun> {
    const store = this.#store(set)
    for (let claims = 1; ; claims += 1) {
      const found = await this.#find(store, signal)
      const entry = found?.checkpoint.ended ?? null
      if (isEntry(entry)) return { type: 'ended', entry }
      const checkpoint = this.#checkpoint(store, found)
      try {
        await checkpoint.claim(signal)
        return { type: 'ours', checkpoint }
      } catch (error) {
        if (asRunError(error).code !== 'TAKEN_OVER' || claims === maxClaims) throw error
      }
    }
  }

  async #find(store: CheckpointStore, signal: AbortSignal): Promise<FoundCheckpoint | null> {
    const found = await findCheckpoint(store, signal)
    if (found === null) return null
    const { attempt, at } = found.checkpoint
    const own = this.#task.attempt
    // The names of executions come again after a long time, and nobody has begun this one before.
    if (own === 0 && Date.parse(at) < performance.timeOrigin - maxSkewMs) {
      await store.remove(found.generation, neverAborts)
      return null
    }
    if ((attempt ?? 0) <= own) return found
    throw takenOver(found.checkpoint, found)
  }

  #checkpoint(store: CheckpointStore, found: FoundCheckpoint | null): RunCheckpoint {
    const { name, attempt, messageId } = this.#task
    const owner = { host: name, pid: attempt, name: `attempt ${attempt} of the task ${name}` }
    const runId = found?.checkpoint.runId ?? createRunId()
    const own = { owner, attempt, isLast: !this.isRetried }
    return new RunCheckpoint({ store, runId, messageId, input: null, found, ...own })
  }

  #store(set: number | null): CheckpointStore {
    const { execution, index } = this.#task
    const names = [execution, String(index), set === null ? 'run' : String(set)]
    return openTaskCheckpoint(this.#env, names)
  }
}

/** How often Cloud Run starts the task again at most, as the deployment says. Throws ARGUMENTS_INVALID. */
function readRetries(env: Env): number {
  const source = 'NBTRIGGER_TASK_RETRIES'
  const value = variableOf(env, source) ?? '0'
  if (/^\d+$/.test(value) && Number(value) <= maxRetries) return Number(value)
  throw unusable({ value, source }, `it is not a whole number from 0 to ${maxRetries}`)
}
