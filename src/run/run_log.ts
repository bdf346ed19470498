import type { RunEvent } from '../events.ts'
import { createLog, type EntryIdentity, serviceOf, traceName } from '../reporting/cloud_logging.ts'
import { knownOptions } from '../request/input_error.ts'
import { commandLine } from './command_line.ts'
import type { RunInput } from './run.ts'

export interface RunOrigin {
  /** The W3C header of the request that led to the run. */
  readonly traceparent: string | null
  /** Google Cloud's project; null where it is not known. */
  readonly project: string | null
}

/** Writes the events of a run as entries for Cloud Logging, one JSON object and newline a write. */
export function createRunLog(
  write: (line: string) => void,
  input: RunInput,
  origin: RunOrigin,
): (event: RunEvent) => void {
  const { env, redactor } = input
  const { options: known, isWhole } = knownOptions(input.options)
  return createLog(write, {
    ...entryIdentity(input, origin),
    verbose: known.verbose,
    redactor,
    service: serviceOf(env),
    project: origin.project,
    runAgain: () => (isWhole ? commandLine(known, env) : null),
  })
}

/** What the entries of a run are found by: its id, the message that it came with, and the trace. */
export function entryIdentity(
  { runId, messageId }: Pick<RunInput, 'runId' | 'messageId'>,
  { traceparent, project }: RunOrigin,
): EntryIdentity {
  return {
    runId,
    labels: messageId === null ? {} : { message_id: messageId },
    trace: traceName(traceparent, project),
  }
}
