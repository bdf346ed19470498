import { RunError, type RunErrorOptions } from '../errors.ts'
import { type CellIndex, cellTitle } from '../util/cell_name.ts'
import { jsonText } from '../util/json.ts'
import { isRecord } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import { isDeeperThan, listOf, maxNotebookLevels, multilineText, recordOf } from './read_field.ts'

/** nbformat 4, as far as a run reads it; what it does not know stays in `content` untouched. */
export interface Notebook {
  readonly cells: readonly Cell[]
  /** `metadata.kernelspec.name`. */
  readonly kernelName: string | null
  /** The kernelspec's language, else `metadata.language_info.name`. */
  readonly language: string | null
  readonly content: Readonly<Record<string, unknown>>
}

export interface Cell {
  /** Its place among all cells, from 0. */
  readonly index: number
  readonly id: string | null
  /** `unknown` is one that nbformat 4 does not have: such a cell is kept as it is. */
  readonly type: 'code' | 'markdown' | 'raw' | 'unknown'
  /** Empty where an unknown cell has no source text. */
  readonly source: string
}

export type MimeBundle = Readonly<Record<string, unknown>>

/** An output as nbformat 4 has it. */
export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput

export interface StreamOutput {
  readonly output_type: 'stream'
  readonly name: 'stdout' | 'stderr'
  readonly text: string
}

export interface DisplayOutput {
  readonly output_type: 'display_data'
  readonly data: MimeBundle
  readonly metadata: Readonly<Record<string, unknown>>
}

export interface ResultOutput {
  readonly output_type: 'execute_result'
  readonly data: MimeBundle
  readonly metadata: Readonly<Record<string, unknown>>
  readonly execution_count: number | null
}

export interface ErrorOutput {
  readonly output_type: 'error'
  readonly ename: string
  readonly evalue: string
  readonly traceback: readonly string[]
}

/** The cells that a run executes: code that is more than white space. */
export function codeCellsOf(notebook: Notebook): readonly Cell[] {
  return notebook.cells.filter((cell) => cell.type === 'code' && cell.source.trim() !== '')
}

/** The first cell with this tag in its metadata. */
export function taggedCell(notebook: Notebook, tag: string): Cell | null {
  return notebook.cells.find((cell) => tagsOf(notebook, cell).includes(tag)) ?? null
}

/** The tag of the cell with a run's parameters, from papermill. */
export const injectedTag = 'injected-parameters'

/** The tag of papermill's cells that show where a run failed. */
export const errorMarkerTag = 'papermill-error-cell-tag'

/**
 * Each cell's number for people, from 0: its index in the source notebook, where the cells that a
 * run adds are missing. null for those, which shift no other cell.
 */
export function cellNumbers(notebook: Notebook): readonly CellIndex[] {
  const injected = taggedCell(notebook, injectedTag)
  let next = 0
  return notebook.cells.map((cell) => {
    const isAdded = cell === injected || tagsOf(notebook, cell).includes(errorMarkerTag)
    return isAdded ? null : next++
  })
}

export function tagsOf(notebook: Notebook, cell: Cell): readonly unknown[] {
  return tagsIn(metadataOf(notebook, cell)['tags'])
}

/** nbformat requires a list; a string is accepted as a list separated by commas. */
export function tagsIn(tags: unknown): readonly unknown[] {
  if (typeof tags === 'string') return tags.split(',').map((tag) => tag.trim())
  return Array.isArray(tags) ? tags : []
}

/** The cells as they are in the notebook's JSON, by the same indexes. */
export function rawCellsOf({ content }: Pick<Notebook, 'content'>): readonly unknown[] {
  return listOf(content['cells'])
}

/** The notebook's own metadata, or one cell's. */
export function metadataOf(
  notebook: Notebook,
  cell: Cell | null,
): Readonly<Record<string, unknown>> {
  const holder = cell === null ? notebook.content : rawCellsOf(notebook)[cell.index]
  return recordOf(recordOf(holder)['metadata'])
}

/** Cells have ids from nbformat 4.5 on. */
export function hasIds({ content }: Notebook): boolean {
  const { nbformat, nbformat_minor: minor } = content
  return nbformat === 4 && typeof minor === 'number' && minor >= 5
}

/** More than a person can work with, and few enough to be searched quickly. */
const maxCells = 10_000

/** Reads the `content` of a contents model; `path` is for the message. Throws NOTEBOOK_INVALID. */
export function readNotebook(content: unknown, path: string): Notebook {
  if (!isRecord(content) || !Array.isArray(content['cells'])) {
    throw invalid(path, 'it has no list of cells')
  }
  const { length } = content['cells']
  if (length > maxCells) {
    const advice = 'divide it into several notebooks'
    throw invalid(path, `it has ${length} cells, more than the ${maxCells} that are run`, {
      advice,
    })
  }
  if (isDeeperThan(maxNotebookLevels, content)) {
    throw invalid(path, `it nests more than ${maxNotebookLevels} levels deep`)
  }
  const metadata = recordOf(content['metadata'])
  const kernelspec = recordOf(metadata['kernelspec'])
  const languageInfo = recordOf(metadata['language_info'])
  return {
    cells: content['cells'].map((cell: unknown, index) => readCell(cell, { index, path })),
    kernelName: textOrNull(kernelspec['name']),
    language: textOrNull(kernelspec['language']) ?? textOrNull(languageInfo['name']),
    content,
  }
}

function readCell(cell: unknown, { index, path }: { index: number; path: string }): Cell {
  if (!isRecord(cell)) throw invalid(path, `its cell ${index} is not an object`)
  const { id, cell_type: type } = cell
  const source = multilineText(cell['source'])
  if (typeof type !== 'string') {
    throw invalid(path, `its cell ${index} has the type ${jsonText(type)}`)
  }
  if (!isKnownType(type))
    return { index, id: textOrNull(id), type: 'unknown', source: source ?? '' }
  if (source === null) throw invalid(path, `its cell ${index} has no source text`)
  return { index, id: textOrNull(id), type, source }
}

const knownTypes = ['code', 'markdown', 'raw'] as const

/** Whether nbformat 4 has cells of this type. */
export function isKnownType(type: unknown): type is (typeof knownTypes)[number] {
  return knownTypes.some((known) => known === type)
}

/** A warning about cells whose type nbformat 4 does not have; null when there are none. */
export function unknownCellsWarning(notebook: Notebook): string | null {
  const [first, ...others] = notebook.cells.filter(({ type }) => type === 'unknown')
  if (first === undefined) return null
  const cell = recordOf(rawCellsOf(notebook)[first.index])
  const type = quoteForError(String(cell['cell_type']))
  const more = others.length === 0 ? '' : ` (and ${others.length} more such cells)`
  return `${cellTitle(cellNumbers(notebook)[first.index] ?? null)} has the type ${type}, which nbformat 4 does not have${more}: it is kept as it is`
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function invalid(path: string, reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'NOTEBOOK_INVALID',
    `Cannot read ${quoteForError(path)} as a notebook: ${reason}`,
    options,
  )
}
