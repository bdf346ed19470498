import type { RunEvent, RunFinished } from './events.ts'
import type { Redactor } from './report/redact.ts'
import { variableOf, type Env } from './request/environment.ts'

export interface Announcement {
  readonly env: Env
  /** The notebooks whose reports led to this run. */
  readonly earlier: readonly string[]
  readonly redactor: Redactor
  /** Since when somebody stops the run, in milliseconds; null when nobody does. */
  readonly stoppedMs: number | null
}

const mostMs = 7_000
/** A platform that stops a run waits 8 s in all, and a person not much longer. */
const stoppedMostMs = 4_000
const stoppedInAllMs = 7_000
const leastMs = 1_000

/**
 * Publishes the report of a run that is over, if the environment names a topic for it. Returns what
 * is left to be shown: that it was not published is a warning in the report, and no more.
 */
export async function announce(
  finished: RunFinished,
  { env, earlier, redactor, stoppedMs }: Announcement,
): Promise<readonly [...warnings: RunEvent[], last: RunFinished]> {
  const topic = variableOf(env, 'NBTRIGGER_RESULT_TOPIC')
  if (topic === null) return [finished]
  const { publishReport } = await import('./report/publish.ts')
  const { report } = finished
  const trouble = await publishReport(report, { topic, earlier, mostMs: budgetMs(stoppedMs) })
  if (trouble === null) return [finished]
  const message = redactor.text(trouble)
  const warnings = [...report.warnings, message]
  return [
    { type: 'warning', message },
    { ...finished, report: { ...report, warnings } },
  ]
}

function budgetMs(stoppedMs: number | null): number {
  if (stoppedMs === null) return mostMs
  return Math.max(leastMs, Math.min(stoppedMostMs, stoppedInAllMs - stoppedMs))
}
