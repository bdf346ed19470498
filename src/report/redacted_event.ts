import type { CellOutput, RunEvent, RunReport } from '../events.ts'
import type { Redactor } from './redact.ts'
import { redactedFinding } from './redacted_finding.ts'
import { redactedOutput } from './redacted_notebook.ts'

/**
 * The event without secrets. A secret that is a word is left in what only names something, and our
 * own words stay whatever the secrets are. The notebook of the last event holds none already.
 */
export function redactedEvent(event: RunEvent, redactor: Redactor): RunEvent {
  const { names } = redactor
  switch (event.type) {
    case 'run_started':
    case 'kernel_starting':
    case 'kernel_started':
    case 'cell_started':
    case 'cell_finished':
      return ofType(names.value(event), event.type)
    case 'cell_output':
      return { ...event, cell: names.value(event.cell), output: outputOf(event, redactor) }
    case 'diagnosed':
      return { ...event, findings: event.findings.map((each) => redactedFinding(each, redactor)) }
    case 'run_finished':
      return { ...event, report: redactedReport(event.report, redactor) }
    default:
      return ofType(redactor.value(event), event.type)
  }
}

function outputOf({ output }: CellOutput, redactor: Redactor): CellOutput['output'] {
  return redactedOutput(output, redactor)
}

function redactedReport(report: RunReport, redactor: Redactor): RunReport {
  const { result, error, warnings, event, outcome, ...facts } = report
  const shown = {
    ...redactor.names.value(facts),
    event,
    outcome,
    result: redactor.value(result),
    warnings: redactor.value(warnings),
  }
  if (error === undefined) return shown
  const { cell } = error
  const named = cell === undefined ? {} : { cell: redactor.names.value(cell) }
  return { ...shown, error: { ...redactor.value(error), ...named, code: error.code } }
}

function ofType<Event extends RunEvent>(event: Event, type: Event['type']): Event {
  return { ...event, type }
}
