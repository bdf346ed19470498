import { asRunError, RunError } from '../errors.ts'
import { type HistoryContext, openHistory } from '../history/record_run.ts'
import { abortable, deadline } from '../util/abort.ts'
import { field } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import type { SweepReport } from './report.ts'

const maxRecordMs = 7_000

/** Keeps the report in the history, if there is one. Returns why it could not be kept, or null. */
export async function recordSweep(
  report: SweepReport,
  context: HistoryContext,
): Promise<string | null> {
  try {
    const history = openHistory(context)
    if (history === null) return null
    using limit = deadline(maxRecordMs, tooLate)
    await abortable(history.recordSweep(report.runId, report, limit.signal), limit.signal)
    return null
  } catch (error) {
    const reason = asRunError(error).message
    return context.redactor.text(`Cannot record the sets (NBTRIGGER_RUNS): ${reason}`)
  }
}

/** The report of a sweep in the history. Throws ARGUMENTS_INVALID where there is none. */
export async function recordedSweep(
  runId: string,
  context: HistoryContext,
  signal: AbortSignal,
): Promise<Pick<SweepReport, 'setsKey' | 'sets'>> {
  const cannot = cannotRepeat(runId)
  const history = openHistory(context)
  if (history === null) {
    const advice = 'set NBTRIGGER_RUNS, and run all sets once more'
    throw new RunError('ARGUMENTS_INVALID', `${cannot}: no history of runs is kept`, { advice })
  }
  const report = await history.findSweep(runId, signal)
  if (isSweepReport(report)) return report
  throw new RunError('ARGUMENTS_INVALID', `${cannot}: the history has no such sets`)
}

/** The beginning of the message why `--only-failed` cannot be done. */
export function cannotRepeat(runId: string): string {
  return `Cannot repeat the sets that failed in ${quoteForError(runId)}`
}

/** Only `recordSweep()` writes such a file. */
function isSweepReport(value: unknown): value is Pick<SweepReport, 'setsKey' | 'sets'> {
  return field(value, 'event') === 'sweep_finished' && Array.isArray(field(value, 'sets'))
}

function tooLate(): RunError {
  return new RunError('OUTPUT_NOT_SAVED', `Cannot record the sets within ${maxRecordMs / 1000} s`)
}
