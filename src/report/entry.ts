import { jsonBytes, startOf } from './json_size.ts'
import { limitedJson } from './limited_json.ts'

export type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'

/** One entry of Cloud Logging; beyond these two, its fields are free. */
export interface Entry extends Readonly<Record<string, unknown>> {
  readonly severity: Severity
  readonly message: string
}

/** Cloud Logging takes about 256 KiB an entry, in a measure of its own. */
const maxLineBytes = 200_000
const maxMessageBytes = 100_000
const maxMessageLength = 2_000_000

/** The entry as lines of JSON, one a write: more than one when its message is too long for one. */
export function entryLines(entry: Entry): readonly string[] {
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

function jsonLine(entry: Record<string, unknown>): string {
  return limitedJson(entry, maxLineBytes - newline.length) + newline
}
