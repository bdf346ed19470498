import type { RunCheckpoint } from '../checkpoint/run_checkpoint.ts'
import {
  asRunError,
  attempt,
  errorCodes,
  exitStatusOf,
  invalidArguments,
  leavesRun,
  RunError,
} from '../errors.ts'
import type { RunEvent, RunReport } from '../events.ts'
import { noticeLine } from '../reporting/notice.ts'
import { InputError, knownOptions } from '../request/input_error.ts'
import { messageHoldsSecret, messageText } from '../run/command_line.ts'
import { executeRun, type RunInput } from '../run/run.ts'
import { createRunLog } from '../run/run_log.ts'
import { entryOf, type SweepEntry } from '../sweep/report.ts'
import { noop } from '../util/abort.ts'
import { isOfStorage, mayPass, patiently } from './patiently.ts'
import type { TaskCheckpoints } from './task_checkpoints.ts'
import type { TaskTools } from './task_tools.ts'

/** What came of a run in this attempt of the task. */
export type RunInTask =
  /** It is over, and may have been before this attempt. */
  | { readonly type: 'ended'; readonly entry: SweepEntry }
  /** Another attempt goes on with it, or has taken it over (TAKEN_OVER). */
  | { readonly type: 'left'; readonly error: RunError }

/**
 * Performs a run of the task, of the set with this index or the only one, or goes on with the run of an
 * earlier attempt. One that has ended is not repeated, and one whose cells may have run is not begun
 * again. Never rejects.
 */
export async function runInTask(
  input: RunInput,
  set: number | null,
  tools: TaskTools,
): Promise<RunInTask> {
  const { checkpoints, signal } = tools
  if (checkpoints === null) {
    const problem = set === null ? unresumableAttempt(tools) : null // of sets, it is known which were not begun
    return await perform(refusedInput(input, problem), set, tools)
  }
  const claim = () => checkpoints.claim(set, signal)
  const claimed = await patiently(claim, signal, mayPass).catch(asRunError)
  if (claimed instanceof RunError) {
    if (checkpoints.isRetried || leavesRun(claimed)) return leaveRun(input, claimed, tools)
    return await perform(refusedInput(input, claimed), set, tools)
  }
  if (claimed.type === 'ended') {
    tools.write(endedBeforeLine(claimed.entry, tools))
    return claimed
  }
  return await goOn(input, set, tools, claimed.checkpoint)
}

/**
 * Reports why the task runs nothing, once where its attempts know of each other, or leaves the run to
 * another attempt. Never rejects.
 */
export async function refuseRun(
  input: RunInput,
  error: RunError,
  tools: TaskTools,
): Promise<RunInTask> {
  const { checkpoints } = tools
  if (isForAnother(error, checkpoints)) return leaveRun(input, error, tools)
  const refused = refusedInput(input, error)
  // Each attempt finds the same, unless Cloud Storage was out of order: then this one is the last.
  const isOnce = checkpoints !== null && !isOfStorage(error)
  return isOnce ? await runInTask(refused, null, tools) : await perform(refused, null, tools)
}

/**
 * Why nothing may run of which an earlier attempt of the task may have run cells: its runs have no
 * checkpoints, so that this attempt could only begin with the first cell. null where it may.
 */
export function unresumableAttempt({ task, checkpoints }: TaskTools): RunError | null {
  if (task.attempt === 0 || checkpoints !== null) return null
  const reason = 'an attempt before it may have run cells, and has left no checkpoint'
  const what = `Cannot run the notebook in attempt ${task.attempt} of the task: ${reason}`
  return new RunError('CHECKPOINT_FAILED', what, {
    advice:
      'deploy the job with "--engine=server" and RUN_JOB_MAX_RETRIES, or have Cloud Run retry no task',
  })
}

/** Whether another attempt has to go on: it has the run, or may do later what this one could not do. */
export function isForAnother(error: RunError, checkpoints: TaskCheckpoints | null): boolean {
  const mayGoWell = errorCodes[error.code].redelivered || isOfStorage(error)
  return (mayGoWell && checkpoints?.isRetried === true) || leavesRun(error)
}

/** The exit status of the task; an attempt whose run was taken over leaves that to the other one. */
export function statusOfRun(ended: RunInTask): number {
  if (ended.type === 'ended') return exitStatusOf(ended.entry.error)
  return ended.error.code === 'TAKEN_OVER' ? 0 : exitStatusOf(ended.error)
}

async function goOn(
  given: RunInput,
  set: number | null,
  tools: TaskTools,
  checkpoint: RunCheckpoint,
): Promise<RunInTask> {
  const { runId } = checkpoint
  const problem = attempt(() => checkOptions(given))
  const own = problem instanceof RunError ? refusedInput(given, problem) : given
  const input = { ...own, runId, checkpoint }
  const log = createRunLog(tools.write, input, tools.origin)
  const emit = (event: RunEvent) => {
    if (event.type !== 'run_finished' || !checkpoint.isLeft) log(event)
  }
  const { report } = await executeRun(input, { emit, signal: tools.signal })
  const isRetried = tools.checkpoints?.isRetried === true
  const reason = reasonToLeave(report, checkpoint, isRetried)
  if (reason !== null && checkpoint.isLeft) return leaveRun(input, reason, tools)
  if (reason !== null) {
    await patiently(() => checkpoint.startOver(), tools.signal).catch(noop)
    return { type: 'left', error: reason } // its report says so
  }
  const entry = entryOf(set ?? 0, report)
  await patiently(() => checkpoint.finish(entry), tools.signal).catch(noop) // the report is out
  return { type: 'ended', entry }
}

/** Why another attempt has to go on; null for a run that is over. */
function reasonToLeave(
  { error }: RunReport,
  { isLeft, signal }: RunCheckpoint,
  isRetried: boolean,
): RunError | null {
  if (error === undefined) return null
  if (signal.aborted) return asRunError(signal.reason) // another attempt has taken it over
  const isRepeated = isRetried && error.retryable // no cell was sent: another attempt begins with the first
  return isLeft || isRepeated ? new RunError(error.code, error.message) : null
}

async function perform(
  input: RunInput,
  set: number | null,
  { write, origin, signal }: TaskTools,
): Promise<RunInTask> {
  const emit = createRunLog(write, input, origin)
  const { report } = await executeRun(input, { emit, signal })
  return { type: 'ended', entry: entryOf(set ?? 0, report) }
}

/** The input of a run that is refused for this reason, if there is one. */
function refusedInput(input: RunInput, error: RunError | null): RunInput {
  if (error === null) return input
  return { ...input, options: new InputError(error, knownOptions(input.options)) }
}

/**
 * What a checkpoint holds is masked, so that parameters that hold a secret would be others afterwards;
 * and nobody would stop the server of JupyterHub that an attempt has started.
 */
function checkOptions({ options, redactor }: RunInput): void {
  if (options instanceof RunError) return
  const cannot = 'in a task that Cloud Run may start again'
  if (options.hub !== null) {
    const advice = 'hand the run over to a job without retries'
    throw invalidArguments(`Cannot use "--hub" ${cannot}`, { advice })
  }
  if (!messageHoldsSecret(messageText(options), redactor)) return
  const what = `Cannot run the notebook ${cannot}: its arguments hold a secret, which is not written down`
  throw invalidArguments(what, { advice: 'pass the secret with --secret' })
}

/** Says in the log that the run goes on without this attempt. */
export function leaveRun(
  { runId, redactor }: RunInput,
  error: RunError,
  { task: { messageId }, write }: TaskTools,
): RunInTask {
  const severity = leavesRun(error) ? 'INFO' : 'WARNING'
  const message = redactor.text(error.message)
  const { code } = error
  write(noticeLine({ severity, event: 'run_left', message, code, runId, messageId }))
  return { type: 'left', error }
}

function endedBeforeLine({ runId, outcome, error }: SweepEntry, { task }: TaskTools): string {
  const reason = error === undefined ? '' : `: ${error.message}`
  const message = `An earlier attempt of the task has ended the run, which is not repeated (${outcome})${reason}`
  const facts = { event: 'run_ended_before', outcome, runId, messageId: task.messageId } as const
  return noticeLine({ message, ...facts })
}
