import type { ContentsModel } from '../jupyter/contents.ts'
import { jsonText } from '../util/json.ts'
import { isRecord } from '../util/record.ts'

/** One thing to store, in the two forms that destinations take. */
export interface Document {
  readonly bytes: Uint8Array
  readonly mediaType: string
  /** The same for Jupyter's contents API. */
  readonly model: ContentsModel
}

export function notebookDocument(content: object): Document {
  return {
    bytes: Buffer.from(notebookText(content)),
    mediaType: 'application/x-ipynb+json',
    model: { type: 'notebook', format: 'json', content },
  }
}

export function pageDocument(html: string): Document {
  return {
    bytes: Buffer.from(html),
    mediaType: 'text/html; charset=utf-8',
    model: { type: 'file', format: 'text', content: html },
  }
}

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
