import { randomUUID } from 'node:crypto'
import type { RunError } from '../errors.ts'
import { hasIds, tagsOf, type Notebook } from '../jupyter/notebook.ts'

/** papermill's own names, so that either finds and removes the other's markers. */
const tag = 'papermill-error-cell-tag'
const anchor = 'papermill-error-cell'

/** The notebook without the cells that tell of an earlier run's error. */
export function withoutErrorMarkers(notebook: Notebook): Notebook {
  const kept = notebook.cells.filter((cell) => !tagsOf(notebook, cell).includes(tag))
  if (kept.length === notebook.cells.length) return notebook
  const { content } = notebook
  const raw: readonly unknown[] = Array.isArray(content['cells']) ? content['cells'] : []
  return {
    ...notebook,
    cells: kept.map((cell, index) => ({ ...cell, index })),
    content: { ...content, cells: kept.map(({ index }) => raw[index]) },
  }
}

export interface Failure {
  readonly error: RunError
  /** The cell that failed and its prompt's number; null when the run failed outside the cells. */
  readonly cell: { readonly index: number; readonly executionCount: number | null } | null
}

/** The cells with a banner before the first one, and a place to jump to before the one that failed. */
export function withErrorMarkers(
  cells: readonly unknown[],
  notebook: Notebook,
  { error, cell }: Failure,
): readonly unknown[] {
  const marker = (source: string) => ({
    cell_type: 'markdown',
    ...(hasIds(notebook) ? { id: randomUUID() } : {}),
    metadata: { tags: [tag] },
    source,
  })
  const banner = marker(bannerText(error, cell?.executionCount))
  if (cell === null) return [banner, ...cells]
  const place = marker(`<div id="${anchor}" style="${style}">The run stopped in this cell:</div>`)
  return [banner, ...cells.slice(0, cell.index), place, ...cells.slice(cell.index)]
}

const style = 'color: red; font-size: 1.5em'

/** The reason as an indented block: nothing in it is read as Markdown or HTML. */
function bannerText(error: RunError, count: number | null | undefined): string {
  const where = count === undefined ? '' : ` at <a href="#${anchor}">In [${count ?? ' '}]</a>`
  const reason = `${error.code}: ${error.message}`.replaceAll(/^/gm, '    ')
  return `<div style="${style}">The run stopped${where}:</div>\n\n${reason}`
}
