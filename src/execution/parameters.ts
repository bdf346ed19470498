import { hasIds, taggedCell, type Cell, type Notebook } from '../jupyter/notebook.ts'
import type { ParameterMap } from '../parameter.ts'
import { assignment } from './assignment.ts'
import type { Translator } from './translators/translator.ts'

/**
 * Puts the parameters into a cell of their own, where papermill does: in place of one that was
 * injected before, else behind the cell tagged `parameters`, else first. Cells count with it.
 */
export function injectParameters(
  notebook: Notebook,
  parameters: ParameterMap,
  translator: Translator,
): Notebook {
  if (parameters.size === 0) return notebook
  const lines = Array.from(parameters, ([name, value]) =>
    assignment({ kind: 'parameter', name, value }, translator),
  )
  const source = [translator.heading, ...lines, ''].join('\n')
  const before = taggedCell(notebook, 'injected-parameters')
  if (before !== null) return withCell(notebook, source, { index: before.index, replaced: 1 })
  const defaults = taggedCell(notebook, 'parameters')
  return withCell(notebook, source, { index: (defaults?.index ?? -1) + 1, replaced: 0 })
}

interface Place {
  readonly index: number
  readonly replaced: 0 | 1
}

function withCell(notebook: Notebook, source: string, { index, replaced }: Place): Notebook {
  const { content } = notebook
  const others = notebook.cells.filter((each) => replaced === 0 || each.index !== index)
  const id = hasIds(notebook) ? freeId(others) : null
  const raw = {
    cell_type: 'code',
    ...(id === null ? {} : { id }),
    metadata: { tags: ['injected-parameters'] },
    execution_count: null,
    outputs: [],
    source,
  }
  const rawCells: readonly unknown[] = Array.isArray(content['cells']) ? content['cells'] : []
  const cell: Cell = { index, id, type: 'code', source }
  const cells = insert(notebook.cells, cell, { index, replaced })
  return {
    ...notebook,
    cells: cells.map((each, place) => ({ ...each, index: place })),
    content: { ...content, cells: insert(rawCells, raw, { index, replaced }) },
  }
}

function insert<T>(list: readonly T[], item: T, { index, replaced }: Place): readonly T[] {
  return [...list.slice(0, index), item, ...list.slice(index + replaced)]
}

function freeId(cells: readonly Cell[]): string {
  const taken = new Set(cells.map(({ id }) => id))
  let id = 'injected-parameters'
  for (let count = 2; taken.has(id); count++) id = `injected-parameters-${count}`
  return id
}
