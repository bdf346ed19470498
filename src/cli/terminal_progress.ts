import { Writable } from 'node:stream'
import { createLogUpdate } from 'log-update'
import type { RunEvent } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { cellName, firstLine } from '../util/cell_name.ts'
import { durationText } from '../util/duration.ts'
import { hubServerName } from '../util/hub_name.ts'
import { oneLine, plainText } from '../util/text.ts'
import { LatestLine } from './latest_line.ts'
import {
  createPermanentLines,
  type ProgressOptions,
  type ProgressStream,
} from './permanent_lines.ts'
import { startOfWidth, widthOf } from './terminal_width.ts'

const redrawMs = 200

/** Progress for a terminal: one line that is redrawn, below the lines that stay. */
export class TerminalProgress {
  readonly #screen: Screen
  readonly #permanentLines: (event: RunEvent) => string[]
  readonly #line: ReturnType<typeof createLogUpdate>
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()
  readonly #latest = new LatestLine()
  readonly #redactor: Redactor
  #state = beforeRun
  #over = false

  constructor(stream: ProgressStream, options: ProgressOptions) {
    this.#screen = new Screen(stream)
    this.#permanentLines = createPermanentLines(options)
    this.#redactor = options.redactor
    // A hidden cursor would stay hidden when the process is killed.
    this.#line = createLogUpdate(this.#screen, { showCursor: true })
    this.#timer = setInterval(() => this.#draw(), redrawMs).unref()
    this.#draw()
  }

  observe(event: RunEvent): void {
    const lines = this.#permanentLines(event)
    if (lines.length > 0) this.#print(lines)
    this.#state = nextState(this.#state, event)
    if (event.type === 'cell_output') return this.#latest.add(event) // drawn with the next redraw
    if (event.type === 'cell_started') this.#latest.clear()
    if (event.type === 'run_finished') this[Symbol.dispose]()
    else this.#draw()
  }

  [Symbol.dispose](): void {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#timer)
    this.#line.clear()
  }

  #print(texts: readonly string[]): void {
    if (!this.#over) this.#line.clear()
    this.#screen.write(texts.map((text) => `${text}\n`).join(''))
  }

  #draw(): void {
    if (this.#over) return
    const now = performance.now()
    const { cellStartedMs } = this.#state
    this.#line(
      progressLine(this.#state, {
        elapsedMs: now - this.#startedAt,
        cellMs: cellStartedMs === null ? null : now - cellStartedMs,
        // Masked again: plain text shows a secret that a colour code had split.
        output: this.#redactor.text(plainText(this.#latest.text)),
        // The last column stays free: a terminal may break the line after a character there.
        columns: this.#screen.columns - 1,
      }),
    )
  }
}

/** The stream as log-update expects it; 80 columns where the terminal does not tell its width. */
export class Screen extends Writable {
  readonly isTTY = true
  readonly #stream: ProgressStream

  constructor(stream: ProgressStream) {
    super({ decodeStrings: false })
    this.#stream = stream
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    this.#stream.write(text)
    done()
  }
}

/** How far a run has come. */
export interface RunState {
  readonly doing: string
  readonly done: number
  /** 0 until it is known. */
  readonly cellsToRun: number
  /** When the running cell was started, of `performance.now()`; null between cells. */
  readonly cellStartedMs: number | null
}

export const beforeRun: RunState = {
  doing: 'starting',
  done: 0,
  cellsToRun: 0,
  cellStartedMs: null,
}

export function nextState(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'run_started':
      return { ...state, doing: `opening ${event.notebook} on ${event.server}` }
    case 'server_waiting':
      return {
        ...state,
        doing: `waiting for the server, attempt ${event.attempt}: ${event.reason}`,
      }
    case 'hub_starting':
      return { ...state, doing: `JupyterHub starts the server ${hubServerName(event)}` }
    case 'kernel_starting':
      return { ...state, doing: `starting kernel ${event.name}` }
    case 'kernel_started': {
      const { kernel, cellsToRun } = event
      return { ...state, cellsToRun, doing: `kernel ${kernel.name} started` }
    }
    case 'cell_started': {
      const doing = `running ${cellName(event.cell.index)}: ${firstLine(event.cell.source)}`
      return { ...state, doing, cellStartedMs: performance.now() }
    }
    case 'cell_finished':
      return afterCell({ ...state, done: event.position, cellStartedMs: null })
    default:
      return state
  }
}

function afterCell(state: RunState): RunState {
  return state.done === state.cellsToRun ? { ...state, doing: 'ending' } : state
}

const maxBar = 10

/** What the latest line of output leaves to what is being done, in columns. */
const minDoing = 24

/**
 * "▰▰▰▱▱▱▱  3/7 cells · running cell 4: df = load(...) · 45%|███ · 3.1 s of 12 s", at most
 * `columns` wide: the latest line of the cell's output, and its time of that of the whole run.
 */
export function progressLine(
  state: Omit<RunState, 'cellStartedMs'>,
  { elapsedMs, cellMs, output, columns }: Drawing,
): string {
  const start = state.cellsToRun === 0 ? '' : `${barOf(state)}  ${countOf(state)} · `
  const time = durationText(elapsedMs)
  const end = cellMs === null ? ` · ${time}` : ` · ${durationText(cellMs)} of ${time}`
  const room = Math.max(columns - widthOf(start) - widthOf(end), 0)
  const doing = oneLine(state.doing, maxText)
  const latest = cellMs === null ? '' : oneLine(output, maxText)
  if (latest === '') return startOfWidth(start + startOfWidth(doing, room) + end, columns)
  const shown = startOfWidth(doing, Math.max(minDoing, room - widthOf(separator + latest)))
  return startOfWidth(start + startOfWidth(shown + separator + latest, room) + end, columns)
}

const separator = ' · '
const maxText = 500

interface Drawing {
  readonly elapsedMs: number
  /** How long the running cell has run; null between cells. */
  readonly cellMs: number | null
  /** The latest line of the cell's output, masked; may be empty. */
  readonly output: string
  readonly columns: number
}

export function barOf({ done, cellsToRun }: Pick<RunState, 'done' | 'cellsToRun'>): string {
  const length = Math.min(cellsToRun, maxBar)
  const full = Math.floor((done / cellsToRun) * length)
  return '▰'.repeat(full) + '▱'.repeat(length - full)
}

function countOf({ done, cellsToRun }: Pick<RunState, 'done' | 'cellsToRun'>): string {
  return `${done}/${cellsToRun} cell${cellsToRun === 1 ? '' : 's'}`
}
