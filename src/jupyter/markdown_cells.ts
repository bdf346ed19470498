import { cellNumbers, type Notebook, rawCellsOf } from './nbformat.ts'
import { recordOf } from './read_field.ts'

/** A Markdown cell, to be shown among the cells that run. */
export interface MarkdownCell {
  /** Its number for people: its index in the source notebook. */
  readonly index: number
  readonly source: string
  /** Its images as nbformat has them: a bundle of media types for each name. */
  readonly attachments: Readonly<Record<string, unknown>>
}

export function markdownCellsOf(notebook: Notebook): readonly MarkdownCell[] {
  const numbers = cellNumbers(notebook)
  const raw = rawCellsOf(notebook)
  return notebook.cells.flatMap(({ type, source, index }) => {
    const number = numbers[index]
    if (type !== 'markdown' || typeof number !== 'number' || source.trim() === '') return []
    const attachments = recordOf(recordOf(raw[index])['attachments'])
    return [{ index: number, source, attachments }]
  })
}
