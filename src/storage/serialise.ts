import type { ContentsModel } from '../jupyter/contents.ts'
import { multilineText } from '../jupyter/read_field.ts'
import { jsonText, parseJson } from '../util/json.ts'
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
  if (Array.isArray(cells)) {
    notebook['cells'] = cells.map((cell) => withTexts(fileCell(cell), linesOf))
  }
  return `${jsonText(notebook, 1)}\n`
}

/** A notebook from its file, with whole texts, as Jupyter's API has it; null for other JSON. */
export function readNotebookText(text: string): Readonly<Record<string, unknown>> | null {
  const notebook = parseJson(text)
  if (!isRecord(notebook) || !Array.isArray(notebook['cells'])) return null
  return { ...notebook, cells: notebook['cells'].map((cell: unknown) => withTexts(cell, joined)) }
}

function joined(text: unknown): unknown {
  return multilineText(text) ?? text
}

function fileCell(cell: unknown): unknown {
  return isRecord(cell) ? { ...cell, metadata: without(cell['metadata'], transient.cell) } : cell
}

type ChangeText = (value: unknown) => unknown

/** The cell with `change` made of its source and the texts in its outputs. */
function withTexts(cell: unknown, change: ChangeText): unknown {
  if (!isRecord(cell)) return cell
  const { source, attachments, outputs } = cell
  const changed = (bundle: unknown) => bundleWithTexts(bundle, change)
  return {
    ...cell,
    source: change(source),
    ...(isRecord(attachments) ? { attachments: mapped(attachments, changed) } : {}),
    ...(Array.isArray(outputs)
      ? { outputs: outputs.map((output) => outputWithTexts(output, change)) }
      : {}),
  }
}

function outputWithTexts(output: unknown, change: ChangeText): unknown {
  if (!isRecord(output)) return output
  if ('data' in output) return { ...output, data: bundleWithTexts(output['data'], change) }
  return 'text' in output ? { ...output, text: change(output['text']) } : output
}

function bundleWithTexts(bundle: unknown, change: ChangeText): unknown {
  return isRecord(bundle)
    ? mapped(bundle, (value, type) => (isText(type) ? change(value) : value))
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
