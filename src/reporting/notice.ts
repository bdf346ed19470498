import { oneLine, safeJson } from '../util/text.ts'

/** An entry of the log that belongs to no run; its fields hold no secret. */
export interface Notice extends Readonly<Record<string, unknown>> {
  readonly message: string
  /** "INFO" by default. */
  readonly severity?: 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL'
  /** What happened, to filter by: "run_handed_over". */
  readonly event?: string
}

const maxMessage = 1_000

/** The entry of Cloud Logging for a notice: one line, with its newline. */
export function noticeLine({ severity = 'INFO', message, ...fields }: Notice): string {
  const entry = { severity, message: oneLine(message, maxMessage), ...fields }
  return `${safeJson(JSON.stringify(entry))}\n`
}
