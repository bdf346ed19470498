import { RunError } from '../errors.ts'
import type { RunOrigin } from '../run/run_log.ts'
import type { Task } from './task.ts'
import type { TaskCheckpoints } from './task_checkpoints.ts'

/** What a task has to work with. */
export interface TaskTools {
  readonly task: Task
  /** Of its runs; null where no attempt can go on with those of another. */
  readonly checkpoints: TaskCheckpoints | null
  /** Writes a line of the log. */
  readonly write: (line: string) => void
  /** Aborts when Cloud Run stops the task. */
  readonly signal: AbortSignal
  readonly origin: RunOrigin
}

/**
 * Why nothing may run of which an earlier attempt of the task may have run cells: its runs have no
 * checkpoints, so that this attempt could only begin with the first cell. null where it may.
 */
export function unresumable({ task, checkpoints }: TaskTools): RunError | null {
  if (task.attempt === 0 || checkpoints !== null) return null
  const reason = 'an attempt before it may have run cells, and has left no checkpoint'
  const what = `Cannot run the notebook in attempt ${task.attempt} of the task: ${reason}`
  return new RunError('CHECKPOINT_FAILED', what, {
    advice:
      'deploy the job with "--engine=server" and RUN_JOB_MAX_RETRIES, or have Cloud Run retry no task',
  })
}
