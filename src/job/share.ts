import { asRunError, exitStatusOf, RunError } from '../errors.ts'
import { allIndexes, openSweep, type RequestedSweep, type Sweep } from '../sweep/prepare.ts'
import { type SweepEntry, sweepStatus } from '../sweep/report.ts'
import { notRunEntry } from '../sweep/sweep.ts'
import { mayPass, patiently } from './patiently.ts'
import { isForAnother } from './run_in_task.ts'
import { isBrokenOff, type SharedSweep } from './shared_sweep.ts'
import type { TaskTools } from './task_tools.ts'

/** The part of a sweep that this task has to do. */
export interface Share {
  readonly sweep: Sweep
  /** Its sets. */
  readonly indexes: readonly number[]
  /** What came of them so far. */
  readonly entries: Map<number, SweepEntry>
  /** Whether a run was left to another attempt of the task. */
  hasLeft: boolean
  /** Why it cannot run them; null when it can. */
  readonly problem: RunError | null
  readonly shared: SharedSweep
  readonly tools: TaskTools
}

/** Divides the sweep, and reads what is known of this share. Throws what another attempt may do later. */
export async function openShare(
  requested: RequestedSweep,
  shared: SharedSweep,
  tools: TaskTools,
): Promise<Share> {
  const { task, signal } = tools
  const opened = await openSweep(requested, signal).catch(asRunError)
  if (opened instanceof RunError && isForAnother(opened, tools.checkpoints)) throw opened
  const problem = opened instanceof RunError ? opened : null
  const known = opened instanceof RunError ? unopened(requested) : opened
  const sweep = { ...known, input: { ...known.input, runId: shared.runId } }
  const indexes = sweep.indexes.filter((_index, at) => at % task.count === task.index)
  const entries = await knownEntries(indexes, shared, tools)
  return { sweep, indexes, entries, hasLeft: false, problem, shared, tools }
}

/** A sweep that cannot begin, with its sets as far as they are known. */
function unopened(requested: RequestedSweep): Sweep {
  const { input, sets } = requested
  return { ...requested, indexes: input.options.onlyFailed === null ? allIndexes(sets) : [] }
}

/** What an earlier attempt of the task has done; of a set whose run Cloud Run stopped, nothing is known. */
async function knownEntries(
  indexes: readonly number[],
  shared: SharedSweep,
  { task, signal }: TaskTools,
): Promise<Map<number, SweepEntry>> {
  const entries = task.attempt === 0 ? [] : await patiently(() => shared.entries(), signal, mayPass)
  const own = new Set(indexes)
  return new Map(
    entries
      .filter((entry) => own.has(entry.index) && !isBrokenOff(entry))
      .map((entry) => [entry.index, entry]),
  )
}

/** Whether another attempt goes on with the sets of which nothing is known yet. */
export function isContinued({
  indexes,
  entries,
  hasLeft,
  tools: { checkpoints, signal },
}: Share): boolean {
  const isStopped = signal.aborted || hasLeft
  return isStopped && checkpoints?.isRetried === true && entries.size < indexes.length
}

/** The exit status of the task. */
export function statusOfShare({ sweep, indexes, entries, problem }: Share): number {
  if (problem !== null) return exitStatusOf(problem)
  return sweepStatus(indexes.map((index) => entries.get(index) ?? notRunEntry(index, sweep)))
}
