import type { Finding, ReportedError, RunEvent, RunReport } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { type OutputText, OutputTexts } from '../reporting/output_text.ts'
import { diagnosisText, summaryOf } from '../reporting/summary.ts'
import { oneLine, plainText } from '../util/text.ts'

/** A warning is one line: a name with a line break in it must not look like the next line. */
const maxWarning = 10_000

/**
 * Returns the lines of each event that stay on the screen: how to resume the run, warnings, the end,
 * outputs if verbose. A diagnosis comes with the end, which says in a sentence what the diagnosis need not
 * say again.
 */
export function createPermanentLines(options: ProgressOptions): (event: RunEvent) => string[] {
  const outputs = options.verbose ? new OutputTexts(options.redactor) : null
  let findings: readonly Finding[] = []
  return (event) => {
    if (event.type === 'diagnosed') ({ findings } = event)
    const isEnd = event.type === 'run_finished' && findings.length > 0
    const diagnosis = isEnd ? [diagnosisText(findings, event.report.error?.message)] : []
    const lines = diagnosis.map((text) => options.redactor.names.text(text))
    return [...lines, ...linesOf(event, outputs, options)]
  }
}

function linesOf(
  event: RunEvent,
  outputs: OutputTexts | null,
  { redactor, showsResult = false, isResumable = () => false }: ProgressOptions,
): string[] {
  // The parts are masked already, but plain text shows a secret that a colour code had split. One
  // that is a word stays, since it may be part of a path or a name here.
  const sentence = redactor.names.text
  switch (event.type) {
    case 'run_started':
      if (event.resumed !== undefined || !isResumable()) return []
      return [`To resume this run: nbtrigger --resume ${event.runId}`]
    case 'warning':
      return [sentence(`Warning: ${oneLine(event.message, maxWarning)}`)]
    case 'cell_output':
      return textsOf(outputs?.add(event))
    case 'cell_finished':
      return textsOf(outputs?.endOf(event.cell))
    case 'run_finished':
      return [
        ...textsOf(outputs?.end()),
        ...endOf(showsResult ? { ...event.report, result: null } : event.report, redactor),
      ]
    default:
      return []
  }
}

function textsOf(outputs: readonly OutputText[] = []): string[] {
  return outputs.map(({ text }) => text)
}

/** The summary comes last, where it is seen after a long traceback: the one sentence on a failure. */
function endOf(report: RunReport, redactor: Redactor): string[] {
  const { error } = report
  const sentence = redactor.names.text
  const saved = report.outputs.map((address) => sentence(savedLine(oneLine(address, maxWarning))))
  const summary = sentence(summaryOf(report))
  if (error === undefined) return [...saved, summary]
  const traceback = error.traceback?.map((lines) => redactor.text(plainText(lines))) ?? []
  return [...saved, ...traceback, `${summary}${adviceAndCode(error)}`]
}

/** A path of the server may have been meant as one of this machine. */
function savedLine(address: string): string {
  if (!address.startsWith('/')) return `Saved ${address}`
  const file = /^\/(?:tmp|home|Users|var|mnt|root)\//.test(address)
    ? `file:${address}`
    : /^\/[^/]+$/.test(address) && `.${address}`
  const hint = file === false ? '' : ` (for a file of this machine: -o "${file}")`
  return `Saved on the server: ${address}${hint}`
}

function adviceAndCode({ code, retryable }: ReportedError): string {
  return `${retryable ? '; this may pass: try again in a minute' : ''} [${code}]`
}

/** The part of stderr that is used. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  /** Whether the outputs of cells are shown too. */
  readonly verbose: boolean
  /** Whether a failure alone is shown. */
  readonly quiet?: boolean
  /** Whether cells are not followed. */
  readonly noProgressBar?: boolean
  /** Masks again after joining: a secret can span two chunks of output. */
  readonly redactor: Redactor
  /** Whether the result is shown on the terminal as well, behind the summary. */
  readonly showsResult?: boolean
  /** Asked once the run has started: whether another process could go on with it. */
  readonly isResumable?: () => boolean
}
