import { oneLine, safeJson } from '../util/text.ts'

/** Something that is said beside runs; its fields hold no secret. */
export interface Notice extends Readonly<Record<string, unknown>> {
  readonly event: string
  readonly message: string
}

const maxMessage = 1_000

/** The entry of Cloud Logging that says it: one line, with its newline. */
export function noticeLine({ message, ...fields }: Notice): string {
  const entry = { severity: 'INFO', message: oneLine(message, maxMessage), ...fields }
  return `${safeJson(JSON.stringify(entry))}\n`
}
