import type { RunError } from '../errors.ts'
import type { CellRef } from '../events.ts'
import {
  type Cell,
  cellNumbers,
  injectedTag,
  metadataOf,
  type Notebook,
  rawCellsOf,
  taggedCell,
} from '../jupyter/nbformat.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { CellIndex } from '../util/cell_name.ts'
import { isRecord } from '../util/record.ts'
import { type CellRecord, withoutSteps } from './cell_record.ts'
import { RunOutputs } from './outputs.ts'
import {
  type Failure,
  PapermillCell,
  papermillNotebook,
  type PapermillRun,
  withErrorMarkers,
} from './papermill.ts'
import { validNotebook } from './sanitise.ts'
import type { NotebookSnapshot, SnapshotPart, SnapshotParts } from './snapshot.ts'

type Fields = Readonly<Record<string, unknown>>

export interface ExecutedNotebookOptions extends PapermillRun {
  /** Maximum output kept for one cell, in MB (10^6). */
  readonly maxOutputMegabytes: number
  /** Keeps a cut in the output from splitting a secret, which could not be found any more. */
  readonly redactor: Redactor
}

/** The names of `parts()`. */
export const widgetsPart = 'widgets'

export function cellPart(place: number): string {
  return `cell-${place}`
}

/**
 * A notebook while it is executed. `content()` returns it at any time as valid nbformat, without
 * outputs and execution counts of earlier runs; large values are shared, not copied.
 */
export class ExecutedNotebook {
  readonly outputs: RunOutputs
  readonly redactor: Redactor
  readonly #notebook: Notebook
  readonly #run: PapermillRun
  readonly #progress: readonly PapermillCell[]
  /** The places of the cells in the executed notebook, by their index in the source notebook. */
  readonly #places: ReadonlyMap<CellIndex, number>
  /** The executed cells by place, in the order of execution. */
  readonly #cells = new Map<number, CellRecord>()
  #startedAt = new Date()
  /** How many cells at the start of the notebook are no longer pending. */
  #passed = 0
  #endedAt: Date | null = null
  #languageInfo: Fields = {}
  #failure: Failure | null = null

  constructor(notebook: Notebook, options: ExecutedNotebookOptions) {
    const { maxOutputMegabytes, redactor, ...run } = options
    this.redactor = redactor
    this.#notebook = notebook
    this.#run = run
    this.#progress = notebook.cells.map(() => new PapermillCell())
    this.#places = new Map(cellNumbers(notebook).map((number, place) => [number, place]))
    this.outputs = new RunOutputs(maxOutputMegabytes, redactor)
  }

  /** Sets `language_info` from the kernel; ignored without a name, which nbformat requires. */
  setLanguage(languageInfo: Fields): void {
    if (typeof languageInfo['name'] === 'string') this.#languageInfo = languageInfo
  }

  /**
   * Call when the cell has been sent; `request` is the id of its execute request. Cells before it
   * that were not executed become `completed`, as papermill does it. `at` is when it was sent. A
   * request of which `restore()` knows goes on.
   */
  startCell(cell: CellRef, request: string, at?: Date): CellRecord {
    const place = this.#placeOf(cell)
    const known = this.#cells.get(place)
    if (known?.request === request) return known
    this.#passUntil(place)
    this.#progress[place]?.start(at)
    const started = this.outputs.start(cell, request)
    this.#cells.set(place, started)
    return started
  }

  endCell(cell: CellRef, status: 'completed' | 'failed', at?: Date): void {
    const place = this.#placeOf(cell)
    this.#progress[place]?.end(status, at)
    this.#cells.get(place)?.end()
  }

  /** Call after the last cell: cells behind it become `completed` instead of staying `pending`. */
  passRest(): void {
    this.#passUntil(this.#progress.length)
  }

  finish(error: RunError | null): void {
    this.#endedAt ??= new Date()
    for (const cell of this.#progress) if (cell.status === 'running') cell.end('failed')
    if (error === null) return
    const [index, last] = [...this.#cells].at(-1) ?? []
    const isItsFault = index !== undefined && this.#progress[index]?.status === 'failed'
    const cell = isItsFault ? { index, executionCount: last?.executionCount ?? null } : null
    this.#failure = { error, cell }
  }

  /** The notebook as it is to be run, which keeps the outputs that it has. */
  prepared(): Fields {
    return validNotebook({ ...this.#notebook.content, metadata: this.#metadata() })
  }

  /** The notebook in its present state, as nbformat 4. */
  content(): Fields {
    const { content, cells } = this.#notebook
    const raw = rawCellsOf(this.#notebook)
    const executed = cells.map((cell) => this.#contentOf(cell, raw[cell.index]))
    const failure = this.#failure
    return validNotebook({
      ...content,
      metadata: this.#metadata(),
      cells: failure === null ? executed : withErrorMarkers(executed, this.#notebook, failure),
    })
  }

  /** What another process needs to go on with it, but for its parts. */
  snapshot(): NotebookSnapshot {
    const pending = this.#progress.findLastIndex(({ status }) => status !== 'pending') + 1
    return {
      startedMs: this.#startedAt.getTime(),
      languageInfo: this.#languageInfo,
      passed: this.#passed,
      progress: this.#progress.slice(0, pending).map((cell) => cell.snapshot()),
      places: [...this.#cells.keys()],
    }
  }

  /** What can be large: the cells that were sent, and the widgets. */
  parts(): readonly SnapshotPart[] {
    const cells = Array.from(this.#cells, ([place, cell]) => {
      return { name: cellPart(place), revision: cell.revision, read: () => cell.snapshot() }
    })
    const { outputs } = this
    const read = () => outputs.snapshotWidgets()
    return [...cells, { name: widgetsPart, revision: outputs.widgetsRevision, read }]
  }

  /** Call before the first cell: makes it what it was at `snapshot()`. */
  restore(snapshot: NotebookSnapshot, parts: SnapshotParts): void {
    this.#startedAt = new Date(snapshot.startedMs)
    this.#languageInfo = snapshot.languageInfo
    this.#passed = snapshot.passed
    snapshot.progress.forEach((cell, place) => this.#progress[place]?.restore(cell))
    const numbers = cellNumbers(this.#notebook)
    for (const place of snapshot.places) {
      const part = parts.cell(place)
      const cell = this.#notebook.cells[place]
      const index = numbers[place]
      if (part === null || cell === undefined || index === undefined) continue
      const { id, source } = cell
      this.#cells.set(place, this.outputs.restore({ index, id, source }, part))
    }
    if (parts.widgets !== null) this.outputs.restoreWidgets(parts.widgets)
  }

  #placeOf({ index }: CellRef): number {
    return this.#places.get(index) ?? -1
  }

  #passUntil(index: number): void {
    for (; this.#passed < index; this.#passed++) {
      const cell = this.#progress[this.#passed]
      if (cell?.status !== 'pending') continue
      cell.start()
      cell.end('completed')
    }
  }

  #contentOf(cell: Cell, raw: unknown): Fields {
    if (cell.type === 'unknown' && isRecord(raw)) return raw
    const { execution, ...own } = metadataOf(this.#notebook, cell)
    const metadata = { tags: [], ...own, papermill: this.#progress[cell.index]?.metadata() }
    const common = { ...(isRecord(raw) ? raw : {}), metadata }
    if (cell.type !== 'code') return common
    const executed = this.#cells.get(cell.index)
    const timing = { ...withoutSteps(isRecord(execution) ? execution : {}), ...executed?.timing }
    return {
      ...common,
      metadata: { ...metadata, ...(Object.keys(timing).length > 0 && { execution: timing }) },
      execution_count: executed?.executionCount ?? null,
      outputs: executed?.outputs.all ?? [],
    }
  }

  #metadata(): Fields {
    const { nbtrigger: _earlier, ...own } = metadataOf(this.#notebook, null)
    const { source = null } = this.#run
    const widgets = this.outputs.widgets()
    const language = Object.keys(this.#languageInfo).length > 0
    return {
      ...own,
      ...(language && { language_info: this.#languageInfo }),
      ...(widgets !== null && { widgets }),
      ...(source !== null && { nbtrigger: { source } }),
      papermill: papermillNotebook(
        this.#run,
        {
          startedAt: this.#startedAt,
          endedAt: this.#endedAt,
          isFailed: this.#failure !== null,
        },
        this.#injectedBefore(),
      ),
    }
  }

  /** The parameters that an earlier run recorded; null when their cell is gone. */
  #injectedBefore(): unknown {
    const { papermill } = metadataOf(this.#notebook, null)
    const cell = taggedCell(this.#notebook, injectedTag)
    return cell !== null && isRecord(papermill) ? papermill['parameters'] : null
  }
}
