import type { RunEvent, RunReport } from '../events.ts'
import { plainText } from '../plain_text.ts'
import { durationText } from './duration.ts'
import type { Entry, Severity } from './entry.ts'
import { diagnosisText } from './finding_text.ts'
import { oneLine } from './one_line.ts'
import { bundleText, type OutputText } from './output_text.ts'
import { reportedError, type ServiceContext } from './reported_error.ts'
import { summaryOf } from './summary.ts'

const longestWarning = 10_000

/** The events that are an entry as they are. */
type SimpleEvent = Exclude<RunEvent, { type: 'cell_output' | 'run_finished' }>

export function entryOf(event: SimpleEvent): Entry {
  const { type, ...fields } = event
  return { event: type, ...fields, ...inWords(event) }
}

function inWords(event: SimpleEvent): Pick<Entry, 'severity' | 'message'> {
  switch (event.type) {
    case 'run_started':
      return info(`${event.notebook} starts on ${event.server}`)
    case 'server_waiting':
      return info(`Waiting for the server, attempt ${event.attempt}: ${event.reason}`)
    case 'kernel_starting':
      return info(`Kernel ${event.name} starts`)
    case 'kernel_created':
      return info(`Kernel ${event.kernel.name} has the id ${event.kernel.id}`)
    case 'kernel_started':
      return info(`Kernel ${event.kernel.name} started, cells to run: ${event.cellsToRun}`)
    case 'cell_started':
      return info(`Cell ${event.cell.index} started: ${event.cell.source}`)
    case 'cell_finished': {
      const time = durationText(event.durationMs)
      if (event.status === 'ok') return info(`Cell ${event.cell.index} ok in ${time}`)
      return { severity: 'WARNING', message: `Cell ${event.cell.index} failed in ${time}` }
    }
    case 'result':
      return info(`Result: ${bundleText(event.result.data)}`)
    case 'warning':
      return { severity: 'WARNING', message: oneLine(event.message, longestWarning) }
    case 'diagnosed':
      return { severity: 'WARNING', message: diagnosisText(event.findings) }
    default:
      return event satisfies never
  }
}

function info(message: string): Pick<Entry, 'severity' | 'message'> {
  return { severity: 'INFO', message: oneLine(message, 500) }
}

export function outputEntries({ cell, kind, text }: OutputText): readonly Entry[] {
  if (text.trim() === '') return []
  const severity = kind === 'stderr' || kind === 'error' ? 'WARNING' : 'INFO'
  const { index, id } = cell
  return [{ severity, message: text, event: 'cell_output', kind, cell: { index, id } }]
}

export function finalEntry(report: RunReport, service: ServiceContext | null): Entry {
  const severity = severityOf(report)
  const traceback = report.error?.traceback
  return {
    severity,
    message: summaryOf(report),
    ...(severity === 'ERROR' && reportedError(report, service)),
    ...(traceback !== undefined && { stack_trace: plainText(traceback.join('\n')) }),
    ...report,
  }
}

function severityOf(report: RunReport): Severity {
  const { outcome, kernelDeleted, warnings, outputComplete } = report
  if (kernelDeleted === false) return 'ERROR'
  if (outcome !== 'succeeded' && outcome !== 'cancelled') return 'ERROR'
  return outcome === 'cancelled' || warnings.length > 0 || !outputComplete ? 'WARNING' : 'INFO'
}
