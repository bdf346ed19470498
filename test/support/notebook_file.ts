export type CellSource =
  | string
  | {
      readonly type: 'code' | 'markdown' | 'raw'
      readonly source: string | readonly string[]
      readonly id?: string
      readonly metadata?: Readonly<Record<string, unknown>>
    }

export interface NotebookOptions {
  /** null leaves the kernelspec out. */
  readonly kernelName?: string | null
  readonly language?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** A notebook of nbformat 4.5 that was never run; a bare string is a code cell. */
export function notebookOf(
  cells: readonly CellSource[],
  { kernelName = 'python3', language = 'python', metadata = {} }: NotebookOptions = {},
): object {
  const kernelspec = { name: kernelName, display_name: kernelName, language }
  const own = kernelName === null ? {} : { kernelspec, language_info: { name: language } }
  return {
    cells: cells.map(cellOf),
    metadata: { ...own, ...metadata },
    nbformat: 4,
    nbformat_minor: 5,
  }
}

function cellOf(cell: CellSource, index: number): object {
  if (typeof cell === 'string') return cellOf({ type: 'code', source: cell }, index)
  const { type, source, id = `cell-${index}`, metadata = {} } = cell
  const code = type === 'code' ? { execution_count: null, outputs: [] } : {}
  return { cell_type: type, id, metadata, source, ...code }
}
