import { randomUUID } from 'node:crypto'
import type { RunError } from '../errors.ts'
import type { ReportedSource } from '../events.ts'
import { errorMarkerTag, hasIds, type Notebook, rawCellsOf, tagsOf } from '../jupyter/nbformat.ts'
import { recordOf } from '../jupyter/read_field.ts'
import { isList, type ParameterMap, type ParameterValue } from '../parameters/parameter.ts'
import { isRecord } from '../util/record.ts'
import type { ProgressSnapshot } from './snapshot.ts'

/** What `metadata.papermill` says of a run and is known before it starts. */
export interface PapermillRun {
  /** The notebook's path. */
  readonly path: string
  /** Which notebook it is; null for one of the Jupyter Server. */
  readonly source?: ReportedSource | null
  readonly parameters: ParameterMap
  /** The first destination of the executed notebook; null when it is not saved. */
  readonly outputPath?: string | null
}

export interface NotebookTimes {
  readonly startedAt: Date
  readonly endedAt: Date | null
  readonly isFailed: boolean
}

/**
 * A notebook's `metadata.papermill`, without secrets. `stillSets`: the parameters of an earlier
 * run, if their cell is still in the notebook; a run without parameters keeps them, as papermill
 * does.
 */
export function papermillNotebook(
  { path, parameters, outputPath = null }: PapermillRun,
  { startedAt, endedAt, isFailed }: NotebookTimes,
  stillSets: unknown,
): Readonly<Record<string, unknown>> {
  const isKept = parameters.size === 0 && isRecord(stillSets)
  return {
    default_parameters: {},
    parameters: isKept ? stillSets : plainValue(parameters),
    environment_variables: {},
    version: 'nbtrigger',
    input_path: path,
    output_path: outputPath,
    ...span(startedAt, endedAt),
    exception: isFailed ? true : null,
  }
}

/** The value as JSON can hold it: NaN and infinities become text. */
function plainValue(value: ParameterValue): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map(plainValue)
  return Object.fromEntries(Array.from(value, ([name, inner]) => [name, plainValue(inner)]))
}

type Status = ProgressSnapshot['status']

/** The `metadata.papermill` of a cell; a cell that was not reached stays `pending`. */
export class PapermillCell {
  #status: Status = 'pending'
  #startedAt: Date | null = null
  #endedAt: Date | null = null

  get status(): Status {
    return this.#status
  }

  start(at = new Date()): void {
    this.#status = 'running'
    this.#startedAt = at
  }

  end(status: 'completed' | 'failed', at = new Date()): void {
    this.#status = status
    this.#endedAt = at
  }

  snapshot(): ProgressSnapshot {
    const startedMs = this.#startedAt?.getTime() ?? null
    return { status: this.#status, startedMs, endedMs: this.#endedAt?.getTime() ?? null }
  }

  restore({ status, startedMs, endedMs }: ProgressSnapshot): void {
    this.#status = status
    this.#startedAt = startedMs === null ? null : new Date(startedMs)
    this.#endedAt = endedMs === null ? null : new Date(endedMs)
  }

  metadata(): Readonly<Record<string, unknown>> {
    return {
      exception: this.#status === 'pending' ? null : this.#status === 'failed',
      ...span(this.#startedAt, this.#endedAt),
      status: this.#status,
    }
  }
}

/** The times of a cell or notebook in papermill's format; the duration is in seconds. */
function span(start: Date | null, end: Date | null): Readonly<Record<string, unknown>> {
  return {
    start_time: isoTime(start),
    end_time: isoTime(end),
    duration: start === null || end === null ? null : (end.getTime() - start.getTime()) / 1000,
  }
}

function isoTime(date: Date | null): string | null {
  return date === null ? null : date.toISOString().replace('Z', '+00:00')
}

/** The notebook with all its code marked as hidden, as JupyterLab has it. */
export function withHiddenSources(notebook: Notebook): Notebook {
  const cells = rawCellsOf(notebook).map((cell) => {
    if (!isRecord(cell) || cell['cell_type'] !== 'code') return cell
    const metadata = recordOf(cell['metadata'])
    const jupyter = { ...recordOf(metadata['jupyter']), source_hidden: true }
    return { ...cell, metadata: { ...metadata, jupyter } }
  })
  return { ...notebook, content: { ...notebook.content, cells } }
}

/** papermill's name, as its tag is: so each of the two programs removes the other's markers. */
const anchor = 'papermill-error-cell'

/** The notebook without the error markers of an earlier run. */
export function withoutErrorMarkers(notebook: Notebook): Notebook {
  const kept = notebook.cells.filter((cell) => !tagsOf(notebook, cell).includes(errorMarkerTag))
  if (kept.length === notebook.cells.length) return notebook
  const raw = rawCellsOf(notebook)
  return {
    ...notebook,
    cells: kept.map((cell, index) => ({ ...cell, index })),
    content: { ...notebook.content, cells: kept.map(({ index }) => raw[index]) },
  }
}

export interface Failure {
  readonly error: RunError
  /** The failed cell; null when the run failed outside the cells. */
  readonly cell: { readonly index: number; readonly executionCount: number | null } | null
}

/** The cells with an error banner at the top and a link target before the failed cell. */
export function withErrorMarkers(
  cells: readonly unknown[],
  notebook: Notebook,
  { error, cell }: Failure,
): readonly unknown[] {
  const marker = (source: string) => ({
    cell_type: 'markdown',
    ...(hasIds(notebook) ? { id: randomUUID() } : {}),
    metadata: { tags: [errorMarkerTag] },
    source,
  })
  const banner = marker(bannerText(error, cell?.executionCount))
  if (cell === null) return [banner, ...cells]
  const place = marker(`<span id="${anchor}" style="${style}">The run stopped in this cell:</span>`)
  return [banner, ...cells.slice(0, cell.index), place, ...cells.slice(cell.index)]
}

const style = 'color: red; font-size: 1.5em'

/** The reason is an indented code block, so that it is not rendered as Markdown or HTML. */
function bannerText(error: RunError, count: number | null | undefined): string {
  const where = count === undefined ? '' : ` at <a href="#${anchor}">In [${count ?? ' '}]</a>`
  const reason = `${error.code}: ${error.message}`.replaceAll(/^/gm, '    ')
  return `<span style="${style}">The run stopped${where}:</span>\n\n${reason}`
}
