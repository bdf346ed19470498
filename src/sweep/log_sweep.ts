import { traceName } from '../reporting/cloud_logging.ts'
import { jsonBytes, limitedJson } from '../reporting/truncate.ts'
import type { RunInput } from '../run/run.ts'
import type { RunOrigin } from '../run/run_log.ts'
import { oneLine } from '../util/text.ts'
import { repeatHint, type SweepEntry, type SweepReport, sweepSummary } from './report.ts'
import { isRepeatable } from './sweep.ts'

interface LogContext {
  readonly input: RunInput
  readonly origin: RunOrigin
}

/** Cloud Logging takes about 256 KiB an entry, in a measure of its own. */
const maxLineBytes = 200_000
const maxSetsBytes = 150_000

const severities = {
  succeeded: 'INFO',
  cancelled: 'WARNING',
  failed: 'ERROR',
  error: 'ERROR',
} as const satisfies Readonly<Record<SweepReport['outcome'], string>>

/** The report of a sweep as an entry of Cloud Logging, which is a line with its newline. */
export function sweepLine(report: SweepReport, { input, origin }: LogContext): string {
  const { notebook, runId, outcome, warnings, sets } = report
  const { messageId, redactor } = input
  const trace = traceName(origin.traceparent, origin.project)
  const shown = shownSets(sets)
  const entry = {
    severity: outcome === 'succeeded' && warnings.length > 0 ? 'WARNING' : severities[outcome],
    message: redactor.names.text(messageOf(report, isRepeatable(input))),
    ...report,
    ...(messageId !== null && { messageId }),
    sets: shown,
    ...(shown.length < sets.length && { setsLeftOut: sets.length - shown.length }),
    'logging.googleapis.com/labels': {
      ...(messageId !== null && { message_id: messageId }),
      run_id: runId,
      ...(notebook !== null && { notebook: oneLine(notebook, 1000) }),
    },
    ...(trace !== null && { 'logging.googleapis.com/trace': trace }),
  }
  return `${limitedJson(entry, maxLineBytes - 1)}\n`
}

/** With the reason why sets were not run, where there is one: it is the same for most of them. */
function messageOf(report: SweepReport, canBeRepeated: boolean): string {
  const refused = report.sets.find(({ outcome, error }) => outcome === 'not_run' && error)
  const reason = refused?.error === undefined ? '' : `: ${oneLine(refused.error.message, 1000)}`
  return `${sweepSummary(report)}${reason}${repeatHint(report, canBeRepeated)}`
}

/** As many as one entry takes: first those that did not succeed. */
function shownSets(sets: readonly SweepEntry[]): readonly SweepEntry[] {
  if (jsonBytes(sets) <= maxSetsBytes) return sets
  const ordered = [...sets.filter((set) => !hasSucceeded(set)), ...sets.filter(hasSucceeded)]
  let bytes = 0
  const end = ordered.findIndex((set) => {
    bytes += jsonBytes(set) + 1
    return bytes > maxSetsBytes
  })
  return ordered.slice(0, end)
}

function hasSucceeded({ outcome }: SweepEntry): boolean {
  return outcome === 'succeeded'
}
