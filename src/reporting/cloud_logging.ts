import type { ParameterTexts, RunEvent, RunFinished, RunReport } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { cellTitle, cellTitleWithCode, cellWithCode } from '../util/cell_name.ts'
import { durationText } from '../util/duration.ts'
import { hubServerName } from '../util/hub_name.ts'
import { oneLine, plainText } from '../util/text.ts'
import { notebookLink } from './notebook_link.ts'
import { bundleText, type OutputText, OutputTexts } from './output_text.ts'
import { diagnosisText, summaryOf } from './summary.ts'
import { jsonBytes, limitedJson, startOf } from './truncate.ts'

/** What the entries of a run, or of its sets, are found by. */
export interface EntryIdentity {
  readonly runId: string
  readonly labels: Readonly<Record<string, string>>
  /** "projects/PROJECT/traces/ID". */
  readonly trace: string | null
}

export interface LogContext extends EntryIdentity {
  /** Whether cells and their outputs are logged too. */
  readonly verbose: boolean
  /** Masks again after joining: a secret can span two chunks of output. */
  readonly redactor: Redactor
  /** null where the platform has no name for what runs. */
  readonly service?: ServiceContext | null
  /** Google Cloud's project, for links; null where it is not known. */
  readonly project?: string | null
  /** The command that runs the same again, with its secrets; null where it is not known. */
  readonly runAgain?: () => string | null
}

/** Writes a run's events as entries for Cloud Logging, one JSON object and newline a write. */
export function createLog(
  write: (line: string) => void,
  context: LogContext,
): (event: RunEvent) => void {
  const outputs = new OutputTexts(context.redactor)
  const { verbose, redactor, service = null } = context
  const next = (event: RunFinished) => nextStepsOf(event, context)
  let isNamed = false
  let common = commonFields(context, { notebook: null })
  return (event) => {
    const job = jobOf(event)
    if (job !== null && !isNamed) {
      isNamed = job.notebook !== null
      common = commonFields(context, job)
    }
    for (const entry of entriesOf(event, { outputs, verbose, redactor, service, next })) {
      entryLines({ ...entry, ...common }).forEach((line) => write(line))
    }
  }
}

type Job = Pick<RunReport, 'notebook' | 'parameters'>

/** What the first and the last event say of the run; the last one also says it of a refused run. */
function jobOf(event: RunEvent): Job | null {
  if (event.type === 'run_started') return event
  return event.type === 'run_finished' ? event.report : null
}

/** The labels of an entry, and its trace. */
export function commonFields(
  { runId, labels, trace }: EntryIdentity,
  { notebook, parameters = {} }: Job,
) {
  return {
    'logging.googleapis.com/labels': {
      ...labels,
      run_id: runId,
      ...(notebook !== null && { notebook: oneLine(notebook, 1000) }),
      ...parameterLabels(parameters),
    },
    ...(trace !== null && { 'logging.googleapis.com/trace': trace }),
  }
}

const maxLabels = 10 // Cloud Logging takes 64 in all

function parameterLabels(parameters: ParameterTexts): Readonly<Record<string, string>> {
  const first = Object.entries(parameters).slice(0, maxLabels)
  return Object.fromEntries(
    first.map(([name, text]) => [`parameter_${oneLine(name, 100)}`, oneLine(text, 200)]),
  )
}

/** Where to look after a run that did not succeed, and how to run it again. */
interface NextSteps {
  /** All entries of the run in the Logs Explorer. */
  readonly logs?: string
  /** The executed notebook, where one was kept. */
  readonly executedNotebook?: string
  readonly runAgain?: string
}

function nextStepsOf({ report, recordedNotebook }: RunFinished, context: LogContext): NextSteps {
  const { project = null, runAgain, redactor } = context
  const { runId, outputs } = report
  const kept = recordedNotebook === undefined ? [] : [recordedNotebook]
  const notebook = notebookLink({ ...report, outputs: [...outputs, ...kept] })
  const command = runAgain?.() ?? null
  return {
    ...(project !== null && { logs: logsLink(runId, project) }),
    ...(notebook !== null && { executedNotebook: notebook }),
    ...(command !== null && { runAgain: shownCommand(command, redactor) }),
  }
}

const maxCommand = 2_000

/** A command as an entry shows it: masked, on one line, and cut when it is long. */
export function shownCommand(command: string, redactor: Redactor): string {
  return oneLine(redactor.text(command), maxCommand)
}

/** All entries of a run in the Logs Explorer. */
export function logsLink(runId: string, project: string): string {
  const query = encodeURIComponent(`labels.run_id="${runId}"`)
  return `https://console.cloud.google.com/logs/query;query=${query}?project=${project}`
}

interface Logging {
  readonly next: (event: RunFinished) => NextSteps
  readonly outputs: OutputTexts
  readonly verbose: boolean
  readonly redactor: Redactor
  readonly service: ServiceContext | null
}

function entriesOf(event: RunEvent, logging: Logging): readonly Entry[] {
  const { outputs, verbose, redactor } = logging
  switch (event.type) {
    case 'run_started':
    case 'kernel_started':
    case 'result':
    case 'warning':
    case 'diagnosed':
      return [entryOf(event, redactor)]
    case 'server_waiting':
      return isPowerOfTwo(event.attempt) ? [entryOf(event, redactor)] : []
    case 'hub_starting': // it names the server that is left if this process is killed
      return [entryOf(event, redactor)]
    case 'kernel_starting':
    case 'kernel_created':
    case 'cell_started':
      return verbose ? [entryOf(event, redactor)] : []
    case 'cell_output':
      return verbose ? outputs.add(event).flatMap(outputEntries) : []
    case 'cell_finished':
      return verbose
        ? [...outputs.endOf(event.cell).flatMap(outputEntries), entryOf(event, redactor)]
        : []
    case 'run_finished':
      return [...outputs.end().flatMap(outputEntries), finalEntry(event, logging)]
    default:
      return event satisfies never
  }
}

/** While a server takes minutes to wake up, only a few of the attempts are logged. */
function isPowerOfTwo(attempt: number): boolean {
  return Number.isInteger(Math.log2(attempt))
}

const maxWarning = 10_000

/** The events that are an entry as they are. */
type SimpleEvent = Exclude<RunEvent, { type: 'cell_output' | 'run_finished' }>

function entryOf(event: SimpleEvent, redactor: Redactor): Entry {
  const { type, ...fields } = event
  const { severity, message } = severityAndMessage(event)
  return { event: type, ...fields, severity, message: sentence(message, redactor) }
}

/**
 * Masks a sentence whose parts are masked already: plain text shows a secret that a colour code had
 * split. A secret that is a word stays, since it may be part of a path or a name here.
 */
function sentence(text: string, redactor: Redactor): string {
  return redactor.names.text(text)
}

function severityAndMessage(event: SimpleEvent): Pick<Entry, 'severity' | 'message'> {
  switch (event.type) {
    case 'run_started':
      return info(`${event.notebook} starts on ${event.server}`)
    case 'server_waiting':
      return info(`Waiting for the server, attempt ${event.attempt}: ${event.reason}`)
    case 'hub_starting':
      return info(`JupyterHub (${event.hub}) starts the server ${hubServerName(event)}`)
    case 'kernel_starting':
      return info(`Kernel ${event.name} starts`)
    case 'kernel_created':
      return info(`Kernel ${event.kernel.name} has the id ${event.kernel.id}`)
    case 'kernel_started':
      return info(`Kernel ${event.kernel.name} started, cells to run: ${event.cellsToRun}`)
    case 'cell_started':
      return info(`${cellTitle(event.cell.index)} started: ${event.cell.source}`)
    case 'cell_finished': {
      const time = durationText(event.durationMs)
      if (event.status === 'ok') return info(`${cellTitleWithCode(event.cell)} ok in ${time}`)
      return { severity: 'WARNING', message: `${cellTitleWithCode(event.cell)} failed in ${time}` }
    }
    case 'result':
      return info(`Result: ${bundleText(event.result.data)}`)
    case 'warning':
      return { severity: 'WARNING', message: oneLine(event.message, maxWarning) }
    case 'diagnosed':
      return { severity: 'WARNING', message: diagnosisText(event.findings) }
    default:
      return event satisfies never
  }
}

function info(message: string): Pick<Entry, 'severity' | 'message'> {
  return { severity: 'INFO', message: oneLine(message, 500) }
}

function outputEntries({ cell, kind, text }: OutputText): readonly Entry[] {
  if (text.trim() === '') return []
  const severity = kind === 'stderr' || kind === 'error' ? 'WARNING' : 'INFO'
  const { index, id } = cell
  return [{ severity, message: text, event: 'cell_output', kind, cell: { index, id } }]
}

function finalEntry(event: RunFinished, { redactor, service, next }: Logging): Entry {
  const { report } = event
  const severity = severityOf(report)
  const traceback = report.error?.traceback
  return {
    severity,
    message: sentence(summaryOf(report), redactor),
    ...(severity === 'ERROR' && reportedError(report, service)),
    ...(traceback !== undefined && { stack_trace: redactor.text(plainText(traceback.join('\n'))) }),
    ...((report.error !== undefined || report.kernelDeleted === false) && next(event)),
    ...report,
  }
}

function severityOf(report: RunReport): Severity {
  const { outcome, kernelDeleted, warnings, outputComplete } = report
  if (kernelDeleted === false) return 'ERROR'
  if (outcome !== 'succeeded' && outcome !== 'cancelled') return 'ERROR'
  return outcome === 'cancelled' || warnings.length > 0 || !outputComplete ? 'WARNING' : 'INFO'
}

type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'

/** One entry of Cloud Logging; beyond these two, its fields are free. */
interface Entry extends Readonly<Record<string, unknown>> {
  readonly severity: Severity
  readonly message: string
}

/** Cloud Logging takes about 256 KiB an entry, in a measure of its own. */
const maxLineBytes = 200_000
const maxMessageBytes = 100_000
const maxMessageLength = 2_000_000

/** The entry as lines of JSON, one a write: more than one when its message is too long for one. */
function entryLines(entry: Entry): readonly string[] {
  const parts = splitText(limited(entry.message))
  if (parts.length === 1) return [jsonLine({ ...entry, message: parts[0] })]
  return parts.map((message, index) =>
    jsonLine({ ...entry, message, part: index + 1, parts: parts.length }),
  )
}

function limited(text: string): string {
  const over = text.length - maxMessageLength
  if (over <= 0) return text
  const start = text.slice(0, maxMessageLength).replace(/[\ud800-\udbff]$/, '')
  return `${start}\n… ${over} more characters are not logged`
}

/** Cut after a newline where there is one; the parts together are the text. */
function splitText(text: string): readonly string[] {
  const parts: string[] = []
  let rest = text
  while (jsonBytes(rest) > maxMessageBytes) {
    const start = startOf(rest, maxMessageBytes)
    const part = start.slice(0, start.lastIndexOf('\n') + 1) || start
    parts.push(part)
    rest = rest.slice(part.length)
  }
  return [...parts, rest]
}

const newline = '\n'

/** The entry as a line of JSON with its newline, shortened where Cloud Logging would not take it. */
export function jsonLine(entry: Readonly<Record<string, unknown>>): string {
  return limitedJson(entry, maxLineBytes - newline.length) + newline
}

/** What runs here, as Error Reporting groups by it. */
interface ServiceContext {
  readonly service: string
  readonly version: string
}

/** As Cloud Run names them, a service or a job; null elsewhere. Jobs have no versions. */
export function serviceOf(
  env: Readonly<Record<string, string | undefined>>,
): ServiceContext | null {
  const { K_SERVICE, K_REVISION: version = '', CLOUD_RUN_JOB } = env
  const service = K_SERVICE ?? CLOUD_RUN_JOB
  return service === undefined ? null : { service, version }
}

/** Makes Error Reporting take the entry, though a notebook's traceback is none that it can read. */
const reportedErrorEvent =
  'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent'

/** The fields with which Error Reporting accepts a failed run; it groups them by the location. */
export function reportedError(report: RunReport, service: ServiceContext | null): object {
  const { notebook, error } = report
  const place = error?.cell === undefined ? error?.code : cellWithCode(error.cell)
  const reportLocation = {
    filePath: notebook ?? 'no notebook',
    functionName: place ?? 'deletion of the kernel',
  }
  return {
    '@type': reportedErrorEvent,
    ...(service !== null && { serviceContext: service }),
    context: { reportLocation },
  }
}

/** Cloud Logging's name for the trace of a W3C `traceparent` header: "projects/P/traces/ID". */
export function traceName(traceparent: string | null, project: string | null): string | null {
  const id = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1]
  return id === undefined || project === null ? null : `projects/${project}/traces/${id}`
}
