import { isRecord } from '../../src/util/record.ts'
import type { CellStatus, FidelityNotebook, Fields } from './notebook.ts'

/** nbclient's notebook with what papermill would write of the run, as far as no time is in it. */
export function withStatuses(executed: Fields, notebook: FidelityNotebook): Fields {
  const { statuses = notebook.cells.map(() => 'completed'), allowErrors = false } = notebook
  const isFailed = statuses.includes('failed') && !allowErrors
  return {
    ...executed,
    metadata: { ...fields(executed['metadata']), papermill: { exception: isFailed || null } },
    cells: list(executed['cells']).map((cell, index) => {
      const papermill = progress(statuses[index])
      return { ...cell, metadata: { tags: [], ...fields(cell['metadata']), papermill } }
    }),
  }
}

function progress(status: CellStatus | undefined): Fields {
  return { exception: status === 'pending' ? null : status === 'failed', status }
}

/**
 * nbtrigger's notebook without the cells that point out an error, without papermill's times, and
 * without the server's word on trust, which is written to no file.
 */
export function withoutMarkers(executed: Fields): Fields {
  const metadata = fields(executed['metadata'])
  const { exception } = fields(metadata['papermill'])
  const own = list(executed['cells']).filter((cell) => !isMarker(fields(cell['metadata'])))
  return {
    ...executed,
    metadata: { ...metadata, papermill: { exception } },
    cells: own.map((cell) => {
      const { papermill, trusted: _, ...rest } = fields(cell['metadata'])
      const { exception: isFailed, status } = fields(papermill)
      return { ...cell, metadata: { ...rest, papermill: { exception: isFailed, status } } }
    }),
  }
}

function isMarker({ tags }: Fields): boolean {
  return Array.isArray(tags) && tags.includes('papermill-error-cell-tag')
}

function fields(value: unknown): Fields {
  return isRecord(value) ? value : {}
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : []
}
