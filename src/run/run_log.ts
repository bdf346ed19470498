import type { RunEvent } from '../events.ts'
import { createLog, serviceOf, traceName } from '../reporting/cloud_logging.ts'
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
  { options, env, runId, messageId, redactor }: RunInput,
  { traceparent, project }: RunOrigin,
): (event: RunEvent) => void {
  const { options: known, isWhole } = knownOptions(options)
  return createLog(write, {
    runId,
    verbose: known.verbose,
    labels: messageId === null ? {} : { message_id: messageId },
    trace: traceName(traceparent, project),
    redactor,
    service: serviceOf(env),
    project,
    runAgain: () => (isWhole ? commandLine(known, env) : null),
  })
}
