import { withJoinedTexts, withSplitTexts } from '../jupyter/cell_texts.ts'
import type { ContentsModel } from '../jupyter/contents.ts'
import { jsonText, parseJson } from '../util/json.ts'
import { isRecord } from '../util/record.ts'

/** One thing to store, in the two forms that destinations take. */
export interface Document {
  readonly bytes: Uint8Array
  readonly mediaType: string
  /** The same for Jupyter's contents API. */
  readonly model: ContentsModel
}

/** The media type of an .ipynb. */
export const notebookMediaType = 'application/x-ipynb+json'

export function notebookDocument(content: object): Document {
  return {
    bytes: Buffer.from(notebookText(content)),
    mediaType: notebookMediaType,
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
    notebook['cells'] = cells.map((cell) => withSplitTexts(fileCell(cell)))
  }
  return `${jsonText(notebook, 1)}\n`
}

/** A notebook from its file, with whole texts, as Jupyter's API has it; null for other JSON. */
export function readNotebookText(text: string): Readonly<Record<string, unknown>> | null {
  const notebook = parseJson(text)
  if (!isRecord(notebook) || !Array.isArray(notebook['cells'])) return null
  return { ...notebook, cells: notebook['cells'].map(withJoinedTexts) }
}

function fileCell(cell: unknown): unknown {
  return isRecord(cell) ? { ...cell, metadata: without(cell['metadata'], transient.cell) } : cell
}

function without(record: unknown, names: readonly string[]): unknown {
  if (!isRecord(record)) return record
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))
}
