import type { CellRef, RunEvent } from '../events.ts'
import type { CommMessage, KernelMessage } from '../jupyter/messages.ts'
import type { Output, StreamOutput } from '../jupyter/nbformat.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { cellName } from '../util/cell_name.ts'
import { CellRecord } from './cell_record.ts'
import { DisplayIds, OutputList, OutputBudget } from './output_list.ts'
import { OutputLosses, outputLost } from './output_losses.ts'
import { isExitError, lateError } from './cell_failure.ts'
import type { CellSnapshot, WidgetsSnapshot } from './snapshot.ts'
import { OutputWidgets, WidgetStates } from './widgets.ts'

/** The limit for all cells together, as a multiple of the limit for one cell. */
const cellsInRun = 4

const outputNotice = notice('More output than --max-output allows: the rest was left out')
const stateNotice = notice('More state of widgets than --max-output allows: some was left out')

function notice(line: string): StreamOutput {
  return { output_type: 'stream', name: 'stderr', text: `${line}\n` }
}

/** All output of one run: assigns the kernel's messages to cells, widgets and shared displays. */
export class RunOutputs {
  readonly losses = new OutputLosses()
  readonly #maxMegabytes: number
  readonly #redactor: Pick<Redactor, 'partialSecretStart'>
  readonly #room: OutputBudget
  readonly #ids: DisplayIds
  readonly #cells = new Map<string, CellRecord>()
  readonly #states: WidgetStates
  readonly #widgets = new OutputWidgets(() => this.#newList(null))
  readonly #cutCells = new Set<CellRecord>()
  /** The cells with widget state that was left out. */
  readonly #cutStates = new Set<CellRecord>()

  constructor(maxMegabytes: number, redactor: Pick<Redactor, 'partialSecretStart'>) {
    this.#maxMegabytes = maxMegabytes
    this.#redactor = redactor
    this.#room = new OutputBudget(cellsInRun * maxMegabytes * 1e6)
    this.#ids = new DisplayIds(this.#room)
    this.#states = new WidgetStates(this.#newRoom())
  }

  /** Call when a cell has been sent: output of this request, even late output, belongs to the cell. */
  start(cell: CellRef, request: string): CellRecord {
    const started = new CellRecord(cell, request, this.#newList(this.#ids))
    this.#cells.set(request, started)
    return started
  }

  /** As `start()`, for a cell that another process of the run has sent. */
  restore(cell: CellRef, snapshot: CellSnapshot): CellRecord {
    const restored = this.start(cell, snapshot.request)
    restored.restore(snapshot)
    return restored
  }

  /** Changes with what `snapshotWidgets()` returns. */
  get widgetsRevision(): string {
    return `${this.#states.changes} ${this.#widgets.revision}`
  }

  snapshotWidgets(): WidgetsSnapshot {
    return { models: this.#states.snapshot(), outputs: this.#widgets.snapshot() }
  }

  restoreWidgets({ models, outputs }: WidgetsSnapshot): void {
    this.#states.restore(models)
    this.#widgets.restore(outputs)
  }

  /** Assigns the output of another request to the cell as well. */
  addRequest(cell: CellRecord, request: string): void {
    this.#cells.set(request, cell)
  }

  add(message: KernelMessage): readonly RunEvent[] {
    const cell = this.#cells.get(message.parentId ?? '')
    if (cell === undefined) return []
    const output = cell.take(message)
    switch (message.type) {
      case 'comm_open':
      case 'comm_msg':
        return this.#addComm(cell, message)
      case 'clear_output':
        this.#listFor(cell).clear(message.wait)
        return []
      case 'oversized':
        if (message.name === 'error') this.#loseError(cell)
        this.losses.addLeftOut(cell.ref.index, message)
        return []
      case 'update_display_data':
        return this.#ids.update(message) ? [] : this.#cutOff(cell)
    }
    if (output === null) return []
    const isKept = this.#put(cell, output, message)
    if (message.type === 'error' && !isKept) this.#loseError(cell)
    const event: RunEvent = { type: 'cell_output', cell: cell.ref, output }
    return [event, ...(isKept ? [] : this.#cutOff(cell)), ...this.#lateErrors(cell, output)]
  }

  /** The outputs of widgets that captured some since the last call, to send to the kernel. */
  widgetChanges(): ReturnType<OutputWidgets['changes']> {
    return this.#widgets.changes()
  }

  /** The notebook's `metadata.widgets`; null when there is no widget. */
  widgets(): Readonly<Record<string, unknown>> | null {
    return this.#states.metadata(this.#widgets.all())
  }

  #addComm(
    cell: CellRecord,
    message: CommMessage & { readonly type: 'comm_open' | 'comm_msg' },
  ): readonly RunEvent[] {
    const isKept = this.#states.add(message)
    if (message.type === 'comm_open') this.#widgets.open(message)
    else this.#widgets.update(message)
    if (isKept || this.#cutStates.has(cell)) return []
    this.#cutStates.add(cell)
    cell.outputs.note(stateNotice)
    const limit = `${this.#maxMegabytes} MB of it are kept in a run (--max-output)`
    return [outputLost(`State of widgets of ${cellName(cell.ref.index)} was left out: ${limit}`)]
  }

  #put(cell: CellRecord, output: Output, message: KernelMessage): boolean {
    const list = this.#listFor(cell)
    if (!('displayId' in message)) return list.add(output)
    // A captured display updates cells' outputs with its id, but is not updated by others itself.
    if (list !== cell.outputs) return this.#ids.update(message) && list.add(output)
    return list.add(output, message.displayId)
  }

  #loseError(cell: CellRecord): void {
    if (this.#listFor(cell) === cell.outputs) cell.loseError()
  }

  /** A warning about an error output after the cell's end, which no longer fails the run. */
  #lateErrors(cell: CellRecord, output: Output): readonly RunEvent[] {
    if (!cell.isOver || output.output_type !== 'error' || isExitError(output)) return []
    return this.#listFor(cell) === cell.outputs ? [lateError(cell.ref.index, output)] : []
  }

  #listFor(cell: CellRecord): OutputList {
    return this.#widgets.listFor(cell.request) ?? cell.outputs
  }

  #newList(ids: DisplayIds | null): OutputList {
    return new OutputList(this.#newRoom(), ids, { notice: outputNotice, redactor: this.#redactor })
  }

  #newRoom(): OutputBudget {
    return new OutputBudget(this.#maxMegabytes * 1e6, this.#room)
  }

  #cutOff(cell: CellRecord): readonly RunEvent[] {
    if (this.#cutCells.has(cell)) return []
    this.#cutCells.add(cell)
    const limit = `${this.#maxMegabytes} MB of one cell and ${cellsInRun} times that of all cells`
    const message = `Output of ${cellName(cell.ref.index)} was left out: ${limit} are kept (--max-output)`
    return [outputLost(message)]
  }
}
