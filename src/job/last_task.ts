import { sweepLine } from '../sweep/log_sweep.ts'
import type { Sweep } from '../sweep/prepare.ts'
import { notRunEntry, reportSweep } from '../sweep/sweep.ts'
import { noop } from '../util/abort.ts'
import { firstWaitMs, maxStoppedMs, maxWaitMs, patiently, pauseFor } from './patiently.ts'
import type { SharedSweep, TaskStates } from './shared_sweep.ts'
import type { TaskTools } from './task_tools.ts'

/**
 * Whether this task, which has ended its own part, is the last one: then it writes the report of all.
 * While one other task runs, it waits for that one, which may be killed without a word. With more of
 * them, one of those waits. Tasks that have not begun come later, and nobody waits for them, unless
 * `signal` has aborted: then the execution is cancelled, and they never come. Throws CLAIM_FAILED when
 * Cloud Storage cannot be asked for minutes.
 */
export async function isLastTask(
  shared: Pick<SharedSweep, 'states'>,
  signal: AbortSignal,
  mayWait: () => boolean,
): Promise<boolean> {
  const startedTick = performance.now()
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, maxWaitMs)) {
    const { running, absent } = await patiently(() => shared.states(), signal)
    if (absent > 0 && !signal.aborted) return false
    if (running.length === 0) return true
    const isLate = signal.aborted && performance.now() - startedTick > maxStoppedMs
    if (running.length > 1 || isLate || !mayWait()) return false
    await pauseFor(waitMs, signal)
  }
}

/**
 * Publishes and logs the report of all sets, unless another task does. Throws CLAIM_FAILED when Cloud
 * Storage cannot be asked for minutes: all is read before this task says that it writes the report.
 */
export async function reportAll(
  sweep: Sweep,
  shared: SharedSweep,
  { task, write, origin, signal }: TaskTools,
): Promise<void> {
  const states = await patiently(() => shared.states(), signal)
  const known = await patiently(() => shared.entries(), signal)
  if (!(await patiently(() => shared.claimReport(), signal))) return
  const done = new Set(known.map(({ index }) => index))
  const indexes = sweep.indexes.length === 0 ? [...done] : sweep.indexes // if `--only-failed` could not be read
  const missing = indexes.flatMap((index, at) => {
    const problem = states.ended.get(at % task.count) ?? null
    return done.has(index) || problem === null ? [] : [notRunEntry(index, sweep, problem)]
  })
  const ended = {
    entries: [...known, ...missing],
    startedAt: shared.startedAt,
    warnings: warningsOf(states),
  }
  const report = await reportSweep({ ...sweep, indexes }, ended)
  await patiently(() => shared.published(), signal).catch(noop) // the report is out
  write(sweepLine(report, { ...sweep, origin }))
}

function warningsOf({ ended, silent, absent }: TaskStates): readonly string[] {
  const problems = new Set([...ended.values()].map((problem) => problem?.message))
  return [
    ...[...problems].filter((message) => message !== undefined),
    ...silent.map(
      (index) =>
        `Task ${index} ended without a word: sets of which nothing is known are given as not run, though it may have begun one`,
    ),
    ...(absent === 0 ? [] : [`${absent} tasks have not begun: their sets are given as not run`]),
  ]
}
