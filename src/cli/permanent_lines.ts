import { errorCodes } from '../errors.ts'
import type { ReportedError, RunEvent, RunReport } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { type OutputText, OutputTexts } from '../reporting/output_text.ts'
import { diagnosisText, summaryOf } from '../reporting/summary.ts'
import { plainText } from '../util/plain_text.ts'
import { oneLine } from '../util/text.ts'

/** On one line each: a name with a line end in it must not look like the next line. */
const maxWarning = 10_000

/** What of an event is to stay on the screen: warnings, the end, and outputs when asked for. */
export function createPermanentLines(options: ProgressOptions): (event: RunEvent) => string[] {
  const outputs = options.verbose ? new OutputTexts(options.redactor) : null
  // A colour within a secret hides it until it is left out.
  const shown = (text: string) => options.redactor?.text(text) ?? text
  return (event) => lastingTexts(event, outputs).map(shown)
}

function lastingTexts(event: RunEvent, outputs: OutputTexts | null): string[] {
  switch (event.type) {
    case 'warning':
      return [`Warning: ${oneLine(event.message, maxWarning)}`]
    case 'diagnosed':
      return [diagnosisText(event.findings)]
    case 'cell_output':
      return textsOf(outputs?.add(event))
    case 'cell_finished':
      return textsOf(outputs?.endOf(event.cell))
    case 'run_finished':
      return [...textsOf(outputs?.end()), ...endOf(event.report)]
    default:
      return []
  }
}

function textsOf(outputs: readonly OutputText[] = []): string[] {
  return outputs.map(({ text }) => text)
}

/** The summary stands last but for the error's code: the end is what is seen of a long traceback. */
function endOf(report: RunReport): string[] {
  const { error } = report
  const saved = report.outputs.map((address) => `Saved ${oneLine(address, maxWarning)}`)
  if (error === undefined) return [...saved, summaryOf(report)]
  const traceback = error.traceback?.map((lines) => plainText(lines)) ?? []
  return [...saved, ...traceback, summaryOf(report), advice(error)]
}

function advice({ code, retryable }: ReportedError): string {
  const hint = retryable ? '. This may pass: try again in a minute' : ''
  return `${code}: ${errorCodes[code].meaning}${hint}`
}

/** What is needed of the standard error. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  /** Whether the outputs of cells are shown too. */
  readonly verbose: boolean
  /** For a secret that came in two pieces: it is whole only when outputs are joined to lines. */
  readonly redactor?: Redactor
}
