import type { RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { parameterTexts } from '../request/parameter_text.ts'
import { executeRun, type RunInput, type RunOutput } from '../run/run.ts'
import { createRunId } from '../util/run_id.ts'
import { optionsOfSet, setsKeyOf, type Sweep } from './prepare.ts'
import { publishSweep } from './publish_sweep.ts'
import { recordSweep } from './record_sweep.ts'
import { countsOf, entryOf, outcomeOf, type SweepEntry, type SweepReport } from './report.ts'

/** What happens in a sweep. */
export type SweepEvent =
  | { readonly type: 'run_event'; readonly index: number; readonly event: RunEvent }
  | { readonly type: 'sweep_finished'; readonly report: SweepReport }

/** Runs the set of this index; returns null for a run that goes on without this process. */
export type RunSet = (
  input: RunInput,
  output: RunOutput & { readonly index: number },
) => Promise<SweepEntry | null>

export interface SweepOutput {
  /** Takes the events, none of which holds a secret; the last one is `sweep_finished`. */
  readonly emit: (event: SweepEvent) => void
  readonly signal: AbortSignal
  /** Runs one set; replaced by tests. */
  readonly runSet?: RunSet
  /** Asked before each set but the first: why no more are to begin, or null. */
  readonly stop?: () => RunError | null
}

/**
 * Runs the sets of a sweep side by side. One that fails stops no other; when `maxFailures` is reached,
 * or the signal aborts, no more begin. The report is published and recorded once. Never rejects.
 */
export async function runSweep(sweep: Sweep, output: SweepOutput): Promise<SweepReport> {
  const startedAt = new Date()
  const entries: SweepEntry[] = []
  let failures = 0
  const stopped = await runSets(sweep, {
    ...output,
    stop: () => (entries.length === 0 ? null : (output.stop?.() ?? null)),
    failures: () => failures,
    keep: (entry) => {
      entries.push(entry)
      if (entry.outcome !== 'succeeded') failures += 1
    },
  })
  const warnings = messagesOf(stopped)
  const report = await reportSweep(sweep, { entries, startedAt, warnings })
  output.emit({ type: 'sweep_finished', report })
  return report
}

function messagesOf(error: RunError | null): readonly string[] {
  return error === null ? [] : [error.message]
}

interface RunSetsOutput extends SweepOutput {
  /** Asked before each set: why no more are to begin, or null. */
  readonly stop: () => RunError | null
  /** How many sets have failed so far; no more than `max` need be counted. */
  readonly failures: (max: number) => number | Promise<number>
  /** Takes what came of a set. The next one waits for it. */
  readonly keep: (entry: SweepEntry) => void | Promise<void>
}

/**
 * Runs the sets side by side, until the signal aborts, `stop` gives a reason, or `maxFailures` of them
 * have failed. Returns what `stop` gave. Rejects only when what it is given does.
 */
export async function runSets(
  { input, sets, indexes, parallel, maxFailures }: Sweep,
  { emit, signal, stop, failures, keep, runSet = executeSet }: RunSetsOutput,
): Promise<RunError | null> {
  const queue = indexes.values()
  let stopped: RunError | null = null
  const isOver = async () => {
    stopped ??= stop()
    if (stopped !== null || maxFailures === null) return stopped !== null
    return (await failures(maxFailures)) >= maxFailures
  }
  const work = async () => {
    for (const index of queue) {
      if (signal.aborted || (await isOver())) return
      const options = optionsOfSet(input.options, sets.setOf(index))
      const emitRun = (event: RunEvent) => emit({ type: 'run_event', index, event })
      const runInput: RunInput = { ...input, options, runId: createRunId() }
      const entry = await runSet(runInput, { emit: emitRun, signal, index })
      if (entry !== null) await keep(entry)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, indexes.length) }, work))
  return stopped
}

const executeSet: RunSet = async (input, { index, ...output }) => {
  const { report } = await executeRun(input, output)
  return entryOf(index, report)
}

export interface EndedSets {
  /** Of the sets that were run, in any order. */
  readonly entries: readonly SweepEntry[]
  readonly startedAt: Date
  /** Which the report has besides those of its own. */
  readonly warnings: readonly string[]
}

/** Makes the report of a sweep, publishes it and keeps it in the history. Never rejects. */
export async function reportSweep(sweep: Sweep, ended: EndedSets): Promise<SweepReport> {
  const { input, server } = sweep
  const unpublished = sweepReport(sweep, ended)
  const problems = await Promise.all([
    publishSweep(unpublished, input),
    recordSweep(unpublished, { ...input, server }),
  ])
  const added = problems.filter((problem) => problem !== null)
  return { ...unpublished, warnings: [...unpublished.warnings, ...added] }
}

function sweepReport(
  { input, sets, indexes, server, notebook }: Sweep,
  { entries, startedAt, warnings }: EndedSets,
): SweepReport {
  const known = new Map(entries.map((entry) => [entry.index, entry]))
  const all = indexes.map((index) => known.get(index) ?? notRunEntry(index, { input, sets }))
  const finishedAt = new Date()
  return {
    event: 'sweep_finished',
    outcome: outcomeOf(all),
    runId: input.runId,
    server: server.url.href,
    notebook,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    counts: countsOf(all),
    setsKey: setsKeyOf(sets),
    sets: all,
    warnings,
  }
}

/** For a set that was not run; `problem` is the reason, if it is known. */
export function notRunEntry(
  index: number,
  { input, sets }: Pick<Sweep, 'input' | 'sets'>,
  problem: SweepEntry['error'] | null = null,
): SweepEntry {
  const parameters = parameterTexts(sets.setOf(index), input.redactor) ?? {}
  return {
    index,
    outcome: 'not_run',
    runId: null,
    parameters,
    durationMs: 0,
    result: null,
    output: null,
    link: null,
    ...(problem && { error: { code: problem.code, message: problem.message } }),
  }
}
