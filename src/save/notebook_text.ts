import { jsonText } from '../exact_json.ts'
import { isRecord } from '../jupyter/json.ts'

/** What Jupyter keeps in memory only, by the place where it keeps it. */
const transient = {
  notebook: ['orig_nbformat', 'orig_nbformat_minor', 'signature'],
  cell: ['trusted'],
}

/** A notebook as Jupyter writes it to a file: long texts as lists of lines, good to compare. */
export function notebookText(content: object): string {
  const notebook = { ...content } as Record<string, unknown>
  const { cells, metadata } = notebook
  notebook['metadata'] = without(metadata, transient.notebook)
  if (Array.isArray(cells)) notebook['cells'] = cells.map(fileCell)
  return `${jsonText(notebook, 1)}\n`
}

function fileCell(cell: unknown): unknown {
  if (!isRecord(cell)) return cell
  const { source, metadata, attachments, outputs } = cell
  return {
    ...cell,
    metadata: without(metadata, transient.cell),
    source: linesOf(source),
    ...(isRecord(attachments) ? { attachments: mapped(attachments, fileBundle) } : {}),
    ...(Array.isArray(outputs) ? { outputs: outputs.map(fileOutput) } : {}),
  }
}

function fileOutput(output: unknown): unknown {
  if (!isRecord(output)) return output
  if ('data' in output) return { ...output, data: fileBundle(output['data']) }
  return 'text' in output ? { ...output, text: linesOf(output['text']) } : output
}

function fileBundle(bundle: unknown): unknown {
  return isRecord(bundle)
    ? mapped(bundle, (value, type) => (isText(type) ? linesOf(value) : value))
    : bundle
}

function isText(type: string): boolean {
  return type.startsWith('text/') || ['application/javascript', 'image/svg+xml'].includes(type)
}

/** The text's lines with their ends: joined they are the text again. */
function linesOf(text: unknown): unknown {
  return typeof text === 'string' ? (text.match(/[^\n]*\n|[^\n]+/g) ?? []) : text
}

function without(record: unknown, names: readonly string[]): unknown {
  if (!isRecord(record)) return record
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))
}

function mapped(
  record: Record<string, unknown>,
  change: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, change(value, name)]),
  )
}
