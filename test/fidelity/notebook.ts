/** A notebook that nbclient and nbtrigger both execute; it is named after the rule that it shows. */
export interface FidelityNotebook {
  readonly name: string
  readonly kernel: KernelName
  /** A bare string is a code cell; anything else is a cell of nbformat, as far as it is not plain. */
  readonly cells: readonly (string | Fields)[]
  readonly metadata?: Fields
  readonly allowErrors?: true
  /** How far papermill would say each cell has come; without it, all are completed. */
  readonly statuses?: readonly CellStatus[]
  /** The outputs of cells that may come after the cell's end: nbclient loses them, nbtrigger not. */
  readonly late?: Readonly<Record<number, readonly Fields[]>>
  /** Where nbtrigger is meant to differ: what nbclient has there, and what nbtrigger has. */
  readonly differs?: Readonly<Record<string, Difference>>
}

export type KernelName = keyof typeof languages
export type CellStatus = 'completed' | 'failed' | 'pending'
export type Fields = Readonly<Record<string, unknown>>

export interface Difference {
  readonly nbclient: unknown
  readonly nbtrigger: unknown
}

const languages = { python3: 'python', ir: 'R', deno: 'typescript' } as const

/** The notebook's file as nbformat 4.5 has it, never run unless its cells say otherwise. */
export function fileOf({ kernel, cells, metadata }: FidelityNotebook): Fields {
  const kernelspec = { name: kernel, display_name: kernel, language: languages[kernel] }
  return {
    cells: cells.map((cell, index) => cellOf(cell, `cell-${index}`)),
    metadata: { kernelspec, ...metadata },
    nbformat: 4,
    nbformat_minor: 5,
  }
}

function cellOf(cell: string | Fields, id: string): Fields {
  if (typeof cell === 'string') return cellOf({ source: cell }, id)
  const { cell_type = 'code' } = cell
  const code = cell_type === 'code' ? { execution_count: null, outputs: [] } : {}
  return { cell_type, id, metadata: {}, ...code, ...cell }
}

/** Lines of source. */
export function lines(...text: readonly string[]): string {
  return text.join('\n')
}
