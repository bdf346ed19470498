import { RunError } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'
import { taskReserveSeconds } from '../request/options.ts'

/** How long Cloud Run lets the task go on; null where it is not known. */
export function secondsLeft(env: Env): number | null {
  const text = variableOf(env, 'NBTRIGGER_TASK_TIMEOUT')
  const sinceStart = performance.now() / 1000
  return text === null ? null : Math.max(1, Number(text) - sinceStart)
}

/** Why no more sets begin: such a run would be broken off. null while there is time. */
export function timeIsUp(env: Env): RunError | null {
  const seconds = secondsLeft(env)
  if (seconds === null || seconds >= 2 * taskReserveSeconds) return null
  const what = `Cannot begin more sets: the task ends in ${Math.floor(seconds)} s (NBTRIGGER_TASK_TIMEOUT)`
  return new RunError('RUN_TIMED_OUT', what, { advice: 'divide the sets among more tasks' })
}
