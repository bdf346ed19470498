import type { RunError } from '../errors.ts'
import type { CellRef } from '../events.ts'
import { type Cell, metadataOf, type Notebook, taggedCell } from '../jupyter/nbformat.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { isRecord } from '../util/record.ts'
import { type CellRecord, withoutSteps } from './cell_record.ts'
import { RunOutputs } from './outputs.ts'
import {
  type Failure,
  PapermillCell,
  papermillNotebook,
  type RunFacts,
  withErrorMarkers,
} from './papermill.ts'
import { validNotebook } from './sanitise.ts'

type Fields = Readonly<Record<string, unknown>>

export interface ExecutedNotebookOptions extends RunFacts {
  /** How much output of one cell is kept. */
  readonly maxOutputMegabytes: number
  /** Hides secrets in what is cut: a part of one would not be known as such later. */
  readonly redactor: Redactor
}

/**
 * A notebook while it is executed: outputs and counts of earlier runs are gone, and what an executed
 * notebook holds is there at any moment, valid and without a copy of what is large.
 */
export class ExecutedNotebook {
  readonly outputs: RunOutputs
  readonly redactor: Redactor
  readonly #notebook: Notebook
  readonly #facts: RunFacts
  readonly #progress: readonly PapermillCell[]
  /** The executed cells by their index. */
  readonly #cells = new Map<number, CellRecord>()
  readonly #startedAt = new Date()
  /** How many of the first cells are not pending any more. */
  #passed = 0
  #endedAt: Date | null = null
  #languageInfo: Fields = {}
  #failure: Failure | null = null

  constructor(notebook: Notebook, options: ExecutedNotebookOptions) {
    const { maxOutputMegabytes, redactor, ...facts } = options
    this.redactor = redactor
    this.#notebook = notebook
    this.#facts = facts
    this.#progress = notebook.cells.map(() => new PapermillCell())
    this.outputs = new RunOutputs(maxOutputMegabytes, redactor)
  }

  /** What the kernel says of its language; nbformat wants a name in it. */
  setLanguage(languageInfo: Fields): void {
    if (typeof languageInfo['name'] === 'string') this.#languageInfo = languageInfo
  }

  /** The cell was sent as this request; those before it that are not executed are passed. */
  startCell(cell: CellRef, request: string): CellRecord {
    this.#passUntil(cell.index)
    this.#progress[cell.index]?.start()
    const record = this.outputs.start(cell, request)
    this.#cells.set(cell.index, record)
    return record
  }

  endCell({ index }: CellRef, status: 'completed' | 'failed'): void {
    this.#progress[index]?.end(status)
    this.#cells.get(index)?.end()
  }

  /** The last cell was reached; without this, cells that are still to come stay pending. */
  passRest(): void {
    this.#passUntil(this.#progress.length)
  }

  finish(error: RunError | null): void {
    this.#endedAt ??= new Date()
    if (error === null) return
    const last = [...this.#cells.values()].at(-1)
    const isItsFault = last !== undefined && this.#progress[last.ref.index]?.status === 'failed'
    const cell = isItsFault ? { index: last.ref.index, executionCount: last.executionCount } : null
    this.#failure = { error, cell }
  }

  /** The notebook as it stands, in nbformat 4. */
  content(): Fields {
    const { content, cells } = this.#notebook
    const raw: readonly unknown[] = Array.isArray(content['cells']) ? content['cells'] : []
    const executed = cells.map((cell) => this.#contentOf(cell, raw[cell.index]))
    const failure = this.#failure
    return validNotebook({
      ...content,
      metadata: this.#metadata(),
      cells: failure === null ? executed : withErrorMarkers(executed, this.#notebook, failure),
    })
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
    const record = this.#cells.get(cell.index)
    const timing = { ...withoutSteps(isRecord(execution) ? execution : {}), ...record?.timing }
    return {
      ...common,
      metadata: { ...metadata, ...(Object.keys(timing).length > 0 && { execution: timing }) },
      execution_count: record?.executionCount ?? null,
      outputs: record?.outputs.all ?? [],
    }
  }

  #metadata(): Fields {
    const own = metadataOf(this.#notebook, null)
    const widgets = this.outputs.widgets()
    const language = Object.keys(this.#languageInfo).length > 0
    return {
      ...own,
      ...(language && { language_info: this.#languageInfo }),
      ...(widgets !== null && { widgets }),
      papermill: papermillNotebook(
        this.#facts,
        {
          startedAt: this.#startedAt,
          endedAt: this.#endedAt,
          isFailed: this.#failure !== null,
        },
        this.#injectedBefore(),
      ),
    }
  }

  /** The parameters that an earlier run wrote down, while their cell is still there. */
  #injectedBefore(): unknown {
    const { papermill } = metadataOf(this.#notebook, null)
    const cell = taggedCell(this.#notebook, 'injected-parameters')
    return cell !== null && isRecord(papermill) ? papermill['parameters'] : null
  }
}
