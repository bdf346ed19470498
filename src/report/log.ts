import type { RunEvent } from '../events.ts'
import { entryLines, type Entry } from './entry.ts'
import { entryOf, finalEntry, outputEntries } from './log_entries.ts'
import { oneLine } from './one_line.ts'
import { OutputTexts } from './output_text.ts'
import type { Redactor } from './redact.ts'
import type { ServiceContext } from './reported_error.ts'

export interface LogContext {
  readonly runId: string
  /** Whether cells and their outputs are logged too. */
  readonly verbose: boolean
  readonly labels: Readonly<Record<string, string>>
  /** "projects/PROJECT/traces/ID". */
  readonly trace: string | null
  /** For a secret that came in two pieces: it is whole only when outputs are joined to lines. */
  readonly redactor?: Redactor
  /** null where the platform has no name for what runs. */
  readonly service?: ServiceContext | null
}

/** Writes a run's events as entries for Cloud Logging, one JSON object and newline a write. */
export function createLog(
  write: (line: string) => void,
  context: LogContext,
): (event: RunEvent) => void {
  const outputs = new OutputTexts(context.redactor)
  const { verbose, service = null } = context
  let notebook: string | null = null
  return (event) => {
    if (event.type === 'run_started') notebook = event.notebook
    if (event.type === 'run_finished') notebook ??= event.report.notebook
    const common = commonFields(context, notebook)
    for (const entry of entriesOf(event, { outputs, verbose, service })) {
      entryLines({ ...inPlainSight(entry, context), ...common }).forEach((line) => write(line))
    }
  }
}

/** A colour within a secret hides it until a sentence for people leaves the colour out. */
function inPlainSight(entry: Entry, { redactor }: LogContext): Entry {
  if (redactor === undefined) return entry
  const { message, stack_trace: trace } = entry
  const shownTrace = typeof trace === 'string' && { stack_trace: redactor.text(trace) }
  return { ...entry, message: redactor.text(message), ...shownTrace }
}

function commonFields({ runId, labels, trace }: LogContext, notebook: string | null) {
  return {
    'logging.googleapis.com/labels': {
      ...labels,
      run_id: runId,
      ...(notebook !== null && { notebook: oneLine(notebook, 1000) }),
    },
    ...(trace !== null && { 'logging.googleapis.com/trace': trace }),
  }
}

interface Logging {
  readonly outputs: OutputTexts
  readonly verbose: boolean
  readonly service: ServiceContext | null
}

function entriesOf(event: RunEvent, { outputs, verbose, service }: Logging): readonly Entry[] {
  switch (event.type) {
    case 'run_started':
    case 'kernel_started':
    case 'result':
    case 'warning':
    case 'diagnosed':
      return [entryOf(event)]
    case 'server_waiting':
      return isPowerOfTwo(event.attempt) ? [entryOf(event)] : []
    case 'kernel_starting':
    case 'kernel_created':
    case 'cell_started':
      return verbose ? [entryOf(event)] : []
    case 'cell_output':
      return verbose ? outputs.add(event).flatMap(outputEntries) : []
    case 'cell_finished':
      return verbose ? [...outputs.endOf(event.cell).flatMap(outputEntries), entryOf(event)] : []
    case 'run_finished':
      return [...outputs.end().flatMap(outputEntries), finalEntry(event.report, service)]
    default:
      return event satisfies never
  }
}

/** A server that sleeps for minutes is told of a few times, not at every attempt. */
function isPowerOfTwo(attempt: number): boolean {
  return Number.isInteger(Math.log2(attempt))
}
