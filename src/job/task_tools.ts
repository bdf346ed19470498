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
