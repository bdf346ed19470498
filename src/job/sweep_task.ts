import { asRunError, invalidArguments, RunError } from '../errors.ts'
import { noticeLine } from '../reporting/notice.ts'
import { type Env, variableOf } from '../request/env.ts'
import { sweepLine } from '../sweep/log_sweep.ts'
import {
  openSweep,
  planSweep,
  type RequestedSweep,
  requestSweep,
  type SweepInput,
} from '../sweep/prepare.ts'
import { sweepStatus } from '../sweep/report.ts'
import { runSets, runSweep, type RunSet } from '../sweep/sweep.ts'
import { noop } from '../util/abort.ts'
import { takenLine } from './claim.ts'
import { isLastTask, reportAll } from './last_task.ts'
import { mayPass, patiently } from './patiently.ts'
import {
  isForAnother,
  leaveRun,
  runInTask,
  statusOfRun,
  unresumableAttempt,
} from './run_in_task.ts'
import { isContinued, openShare, type Share, statusOfShare } from './share.ts'
import { SharedSweep } from './shared_sweep.ts'
import type { Task } from './task.ts'
import type { TaskTools } from './task_tools.ts'
import { secondsLeft, timeIsUp } from './time_left.ts'

const succeeded = 0

/**
 * Runs this task's share of the sets, and publishes the report of all if it is the last task to end.
 * Returns the exit status, or the reason why it could not.
 */
export async function runSweepTask(
  input: SweepInput,
  tools: TaskTools,
): Promise<number | RunError> {
  const { task, signal, write } = tools
  try {
    refuseTasks(input)
    const requested = requestSweep(planSweep(input))
    if (isAlone(input, tools)) return await runAlone(requested, tools)
    const join = () => SharedSweep.join(task, input.env, signal)
    const shared = await patiently(join, signal, mayPass)
    if (shared instanceof SharedSweep) return await runShare(requested, shared, tools)
    write(takenLine(task, shared))
    return succeeded
  } catch (error) {
    const reason = asRunError(error)
    if (reason.code === 'TAKEN_OVER') return succeeded // the runs of the sets have said so in the log
    return isForAnother(reason, tools.checkpoints)
      ? statusOfRun(leaveRun(input, reason, tools))
      : reason
  }
}

/** The execution has its tasks already. */
function refuseTasks({ options }: SweepInput): void {
  if (options.tasks === null) return
  const what = 'Cannot use "--tasks" in the arguments of the job: its execution has its tasks'
  throw invalidArguments(what, { advice: 'leave it out, and start an execution with as many' })
}

/** Whether there is nobody to agree with. */
function isAlone({ env }: SweepInput, { task, checkpoints }: TaskTools): boolean {
  return task.count === 1 && checkpoints === null && variableOf(env, 'NBTRIGGER_CLAIMS') === null
}

async function runAlone(requested: RequestedSweep, tools: TaskTools): Promise<number> {
  const { signal, write, origin } = tools
  const problem = unresumableAttempt(tools)
  if (problem !== null) throw problem
  const sweep = await openSweep(requested, signal)
  const { env } = sweep.input
  const runSet = createRunSet(env, tools)
  const stop = () => timeIsUp(env)
  const report = await runSweep(sweep, { emit: noop, signal, runSet, stop })
  write(sweepLine(report, { ...sweep, origin }))
  return sweepStatus(report.sets)
}

async function runShare(
  requested: RequestedSweep,
  shared: SharedSweep,
  tools: TaskTools,
): Promise<number> {
  const living = shared.keepAlive()
  try {
    const share = await openShare(requested, shared, tools)
    const left = share.indexes.filter((index) => !share.entries.has(index))
    if (left.length > 0 && (await patiently(() => shared.isReported(), tools.signal, mayPass))) {
      tools.write(lateLine(left.length, tools.task))
    } else await runLeft(share, left)
    return statusOfShare(share)
  } finally {
    living[Symbol.dispose]()
  }
}

async function runLeft(share: Share, indexes: readonly number[]): Promise<void> {
  const { problem, shared, tools } = share
  const { task, signal, write } = tools
  if (task.attempt > 0 && indexes.length > 0)
    await patiently(() => shared.goOn(signal), signal, mayPass)
  const unknown = indexes.length > 0 ? unresumableAttempt(tools) : null
  const stopped = problem ?? unknown ?? (await runTheseSets(share, indexes))
  if (problem === null && isContinued(share)) return
  try {
    await endShare(share, stopped)
  } catch (error) {
    if (problem !== null) throw problem // no set has begun: it is reported as for a run
    write(unreportedLine(asRunError(error), share))
  }
}

/** Writes down that the task has ended, and the report of all if it is the last one. */
async function endShare({ sweep, shared, tools }: Share, stopped: RunError | null): Promise<void> {
  const { signal } = tools
  const { env, redactor } = sweep.input
  const shown = stopped && { code: stopped.code, message: redactor.text(stopped.message) }
  await patiently(() => shared.end(shown), signal)
  const mayWait = () => timeIsUp(env) === null
  if (await isLastTask(shared, signal, mayWait)) await reportAll(sweep, shared, tools)
}

/**
 * Runs the sets; returns why it did not begin them all, if the time of the task is up. Throws TAKEN_OVER
 * where another attempt has taken one over, when all that run are left to it.
 */
async function runTheseSets(share: Share, indexes: readonly number[]): Promise<RunError | null> {
  const { sweep, entries, shared } = share
  const { env } = sweep.input
  const lost = new AbortController()
  const signal = AbortSignal.any([share.tools.signal, lost.signal])
  const runSet = createRunSet(env, { ...share.tools, signal }, ({ code }) => {
    share.hasLeft = true
    if (code === 'TAKEN_OVER') lost.abort(takenOver())
  })
  const stopped = await runSets(
    { ...sweep, indexes },
    {
      emit: noop,
      signal,
      runSet,
      stop: () => (entries.size > 0 ? timeIsUp(env) : null),
      failures: (max) => shared.failures(max),
      keep: async (entry) => {
        entries.set(entry.index, entry)
        await shared.keep(entry)
      },
    },
  )
  lost.signal.throwIfAborted()
  return stopped
}

/** Why no other set goes on, either: the other attempt runs them, too. */
function takenOver(): RunError {
  const what = 'Cannot go on with the sets: another attempt of the task has taken one over'
  return new RunError('TAKEN_OVER', what)
}

/** Runs a set in the time that the task has left; `onLeft` is told why another attempt goes on with one. */
function createRunSet(
  env: Env,
  tools: TaskTools,
  onLeft: (reason: RunError) => void = noop,
): RunSet {
  return async (input, { index }) => {
    const seconds = secondsLeft(env)
    const own = seconds === null ? {} : { NBTRIGGER_TASK_TIMEOUT: seconds.toFixed(3) }
    const ended = await runInTask({ ...input, env: { ...env, ...own } }, index, tools)
    if (ended.type === 'ended') return ended.entry
    onLeft(ended.error)
    return null
  }
}

/** For sets that have run, when Cloud Storage cannot be asked for long: their runs have reports. */
function unreportedLine(error: RunError, { sweep, tools }: Share): string {
  const { messageId } = tools.task
  const reason = sweep.input.redactor.text(error.message)
  const message = `Cannot write the report of all sets: ${reason}`
  return noticeLine({ severity: 'WARNING', event: 'sets_unreported', message, messageId })
}

/** For an attempt that came when the task was given up. */
function lateLine(count: number, { index, messageId }: Task): string {
  const sets = count === 1 ? 'A set' : `${count} sets`
  const message = `${sets} of task ${index} will not run: the report of all sets is written already`
  return noticeLine({ severity: 'WARNING', event: 'sets_left', message, messageId })
}
