import { commonFields, jsonLine, logsLink, shownCommand } from '../reporting/cloud_logging.ts'
import { jsonBytes } from '../reporting/truncate.ts'
import { commandLine } from '../run/command_line.ts'
import { entryIdentity, type RunOrigin } from '../run/run_log.ts'
import { oneLine } from '../util/text.ts'
import { isRepeatable, type SweepInput } from './prepare.ts'
import { repeatHint, type SweepEntry, type SweepReport, sweepSummary } from './report.ts'

interface LogContext {
  readonly input: SweepInput
  readonly origin: RunOrigin
}

/** So that an entry has room for the rest. */
const maxSetsBytes = 150_000

const severities = {
  succeeded: 'INFO',
  cancelled: 'WARNING',
  failed: 'ERROR',
  error: 'ERROR',
} as const satisfies Readonly<Record<SweepReport['outcome'], string>>

/** The report of a sweep as an entry of Cloud Logging, which is a line with its newline. */
export function sweepLine(report: SweepReport, context: LogContext): string {
  const { input, origin } = context
  const { outcome, warnings, sets } = report
  const { messageId, redactor } = input
  const shown = shownSets(sets)
  return jsonLine({
    severity: outcome === 'succeeded' && warnings.length > 0 ? 'WARNING' : severities[outcome],
    message: redactor.names.text(messageOf(report, isRepeatable(input))),
    ...report,
    ...(messageId !== null && { messageId }),
    ...(outcome !== 'succeeded' && furtherFields(report, context)),
    sets: shown,
    ...(shown.length < sets.length && { setsLeftOut: sets.length - shown.length }),
    ...commonFields(entryIdentity(input, origin), { notebook: report.notebook }),
  })
}

/** What alerts show of the last entry of a run, too. */
function furtherFields(report: SweepReport, { input, origin }: LogContext): object {
  const { options, env, redactor } = input
  const { project } = origin
  const first = report.sets.find(({ error }) => error !== undefined)?.error
  const [message] = report.warnings
  const error = first ?? (message === undefined ? null : { message })
  const command = commandLine(options, env)
  return {
    ...(error !== null && { error }),
    ...(project !== null && { logs: logsLink(report.runId, project) }),
    ...(command !== null && { runAgain: shownCommand(command, redactor) }),
  }
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
