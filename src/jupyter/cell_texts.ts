import { isRecord } from '../util/record.ts'
import { multilineText } from './read_field.ts'

/**
 * Returns what to write in place of a text of a cell. `type` is the media type of a value in a bundle,
 * such as an output's data; null for the source of a cell and for the text of a stream.
 */
type ChangeText = (value: unknown, type: string | null) => unknown

/** The cell with each long text as a list of its lines, as nbformat writes it to a file. */
export function withSplitTexts(cell: unknown): unknown {
  return withTexts(cell, (value, type) => (type === null || isText(type) ? linesOf(value) : value))
}

/** The cell of a file with whole texts, as Jupyter's API has it. */
export function withJoinedTexts(cell: unknown): unknown {
  return withTexts(cell, (value, type) =>
    type !== null && isJson(type) ? value : (multilineText(value) ?? value),
  )
}

function withTexts(cell: unknown, change: ChangeText): unknown {
  if (!isRecord(cell)) return cell
  const { source, attachments, outputs } = cell
  const changed = (bundle: unknown) => bundleWithTexts(bundle, change)
  return {
    ...cell,
    source: change(source, null),
    ...(isRecord(attachments) ? { attachments: mapped(attachments, changed) } : {}),
    ...(Array.isArray(outputs)
      ? { outputs: outputs.map((output) => outputWithTexts(output, change)) }
      : {}),
  }
}

function outputWithTexts(output: unknown, change: ChangeText): unknown {
  if (!isRecord(output)) return output
  if ('data' in output) return { ...output, data: bundleWithTexts(output['data'], change) }
  return 'text' in output ? { ...output, text: change(output['text'], null) } : output
}

function bundleWithTexts(bundle: unknown, change: ChangeText): unknown {
  return isRecord(bundle) ? mapped(bundle, change) : bundle
}

function mapped(
  record: Record<string, unknown>,
  change: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, change(value, name)]),
  )
}

function isText(type: string): boolean {
  return type.startsWith('text/') || ['application/javascript', 'image/svg+xml'].includes(type)
}

function isJson(type: string): boolean {
  return type === 'application/json' || /^application\/.*\+json$/.test(type)
}

/** The text's lines with their ends: joined they are the text again. */
function linesOf(text: unknown): unknown {
  return typeof text === 'string' ? (text.match(/[^\n]*\n|[^\n]+/g) ?? []) : text
}
