import { type ErrorCode, exitStatusOf, type Outcome } from '../errors.ts'
import type { ParameterTexts, RunReport } from '../events.ts'
import { notebookLink } from '../reporting/notebook_link.ts'
import { bundleText } from '../reporting/output_text.ts'
import { durationText } from '../util/duration.ts'
import { field, textOf } from '../util/record.ts'
import { cutText, oneLine } from '../util/text.ts'

/** What came of one set of a sweep. */
export interface SweepEntry {
  /** Of the set among all of the sweep, from 0. */
  readonly index: number
  readonly outcome: Outcome | 'not_run'
  /** Of its run; null when there was none. */
  readonly runId: string | null
  readonly parameters: ParameterTexts
  readonly durationMs: number
  /** Beginning of the result as text; null without one. */
  readonly result: string | null
  /** Where the executed notebook was saved first; null when it was not. */
  readonly output: string | null
  /** Its address in a browser; null when it has none. */
  readonly link: string | null
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

/** The report of a sweep: one for all of its runs. */
export interface SweepReport {
  readonly event: 'sweep_finished'
  /** `succeeded` when all sets did; else what most concerns: `cancelled`, `failed` or `error`. */
  readonly outcome: 'succeeded' | 'failed' | 'cancelled' | 'error'
  readonly runId: string
  readonly server: string | null
  readonly notebook: string | null
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly counts: SweepCounts
  /** Tells the sets of a sweep from those of others. */
  readonly setsKey: string
  readonly sets: readonly SweepEntry[]
  readonly warnings: readonly string[]
}

export interface SweepCounts {
  readonly total: number
  readonly succeeded: number
  readonly failed: number
  readonly notRun: number
}

const maxResult = 200
const maxMessage = 300

/**
 * What is kept of a run. All of it is copied: the beginning of a text would keep the whole text in
 * memory, which may have megabytes.
 */
export function entryOf(index: number, report: RunReport): SweepEntry {
  const { outcome, runId, parameters = {}, durationMs, result, outputs, error } = report
  return structuredClone({
    index,
    outcome,
    runId,
    parameters,
    durationMs,
    result: result === null ? null : oneLine(bundleText(result.data), maxResult),
    output: outputs[0] ?? null,
    link: notebookLink(report),
    ...(error !== undefined && {
      error: { code: error.code, message: cutText(error.message, maxMessage) },
    }),
  })
}

/** Whether a value that was written down is such an entry: nothing else has these fields. */
export function isEntry(value: unknown): value is SweepEntry {
  return typeof field(value, 'index') === 'number' && textOf(value, 'outcome') !== null
}

export function countsOf(sets: readonly SweepEntry[]): SweepCounts {
  const succeeded = sets.filter(({ outcome }) => outcome === 'succeeded').length
  const notRun = sets.filter(({ outcome }) => outcome === 'not_run').length
  return { total: sets.length, succeeded, failed: sets.length - succeeded - notRun, notRun }
}

export function outcomeOf(sets: readonly SweepEntry[]): SweepReport['outcome'] {
  const outcomes = new Set(sets.map(({ outcome }) => outcome))
  if (outcomes.has('cancelled')) return 'cancelled'
  if (outcomes.has('failed')) return 'failed'
  return outcomes.size === 1 && outcomes.has('succeeded') ? 'succeeded' : 'error'
}

/** The exit status: that of the worst set; sets that were not run count as failed. */
export function sweepStatus(sets: readonly Pick<SweepEntry, 'outcome' | 'error'>[]): number {
  if (sets.every(({ outcome }) => outcome === 'succeeded')) return 0
  return Math.max(1, ...sets.map(({ error }) => exitStatusOf(error)))
}

/** The end of the line for a sweep, in which not all sets succeeded, that can be repeated. */
export function repeatHint({ counts, runId }: SweepReport, isRepeatable: boolean): string {
  if (!isRepeatable || counts.succeeded === counts.total) return ''
  return `; to repeat what did not succeed, add --only-failed ${runId}`
}

/** The sweep in one line for people: "/x.ipynb, 62 sets in 3 min 05 s: 60 succeeded, 2 failed". */
export function sweepSummary({ notebook, durationMs, counts }: SweepReport): string {
  const { total, succeeded, failed, notRun } = counts
  const parts = [
    `${succeeded} succeeded`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(notRun > 0 ? [`${notRun} not run`] : []),
  ]
  const sets = `${total} set${total === 1 ? '' : 's'} in ${durationText(durationMs)}`
  return `${oneLine(notebook ?? 'The notebook', 300)}, ${sets}: ${parts.join(', ')}`
}
