import { oneLine } from './text.ts'

/** A cell's index in the source notebook, from 0; null for the cell that a run injects. */
export type CellIndex = number | null

interface NamedCell {
  readonly index: CellIndex
  readonly source: string
}

/** "cell 3", for the middle of a sentence. */
export function cellName(index: CellIndex): string {
  return index === null ? 'the injected cell' : `cell ${index}`
}

/** "Cell 3", for its beginning. */
export function cellTitle(index: CellIndex): string {
  return index === null ? 'The injected cell' : `Cell ${index}`
}

const maxCode = 60

/** The first line of code that is not empty, at most 60 characters of it. */
export function firstLine(source: string): string {
  const line = source.split('\n').find((each) => each.trim() !== '') ?? ''
  return oneLine(line.trim(), maxCode)
}

/** "cell 3 (df = load())". Its source must have been masked as a whole: a cut can split a secret. */
export function cellWithCode(cell: NamedCell): string {
  return `${cellName(cell.index)}${codeOf(cell)}`
}

/** "Cell 3 (df = load())", for the beginning of a sentence. */
export function cellTitleWithCode(cell: NamedCell): string {
  return `${cellTitle(cell.index)}${codeOf(cell)}`
}

/** The injected cell is known by its name, and its code differs with the parameters. */
function codeOf({ index, source }: NamedCell): string {
  const code = firstLine(source)
  return index === null || code === '' ? '' : ` (${code})`
}
