import { asRunError, exitStatusOf } from '../errors.ts'
import { redactedMessage } from '../redaction/redacting_sink.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { oneLine } from '../util/text.ts'

/** The most of a message that is written on one line, in characters. */
export const maxMessageLength = 10_000

/** Writes an error on one line, without secrets; returns the exit status. */
export function reportError(
  error: unknown,
  redactor: Redactor,
  writeLine: (line: string) => void,
): number {
  const known = asRunError(error)
  const { code, message } = known
  const shown = redactedMessage({ code, message: oneLine(message, maxMessageLength) }, redactor)
  writeLine(`${shown} [${code}]`)
  return exitStatusOf(known)
}
