import { Writable } from 'node:stream'
import { createLogUpdate } from 'log-update'
import stringWidth from 'string-width'
import type { RunEvent } from '../events.ts'
import { cellName, firstLine } from '../util/cell_name.ts'
import { durationText } from '../util/duration.ts'
import { oneLine } from '../util/text.ts'
import {
  createPermanentLines,
  type ProgressOptions,
  type ProgressStream,
} from './permanent_lines.ts'

const redrawMs = 200

/** Progress for a terminal: one line that is redrawn, below the lines that stay. */
export class TerminalProgress {
  readonly #screen: Screen
  readonly #permanentLines: (event: RunEvent) => string[]
  readonly #line: ReturnType<typeof createLogUpdate>
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()
  #state = beforeRun
  #over = false

  constructor(stream: ProgressStream, options: ProgressOptions) {
    this.#screen = new Screen(stream)
    this.#permanentLines = createPermanentLines(options)
    // A hidden cursor would stay hidden when the process is killed.
    this.#line = createLogUpdate(this.#screen, { showCursor: true })
    this.#timer = setInterval(() => this.#draw(), redrawMs).unref()
    this.#draw()
  }

  observe(event: RunEvent): void {
    const lines = this.#permanentLines(event)
    if (lines.length > 0) this.#print(lines)
    this.#state = nextState(this.#state, event)
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
    const elapsedMs = performance.now() - this.#startedAt
    // The last column stays free: a terminal may break the line after a character there.
    this.#line(progressLine(this.#state, { elapsedMs, columns: this.#screen.columns - 1 }))
  }
}

/** The stream as log-update expects it; 80 columns where the terminal does not tell its width. */
class Screen extends Writable {
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
}

const beforeRun: RunState = { doing: 'starting', done: 0, cellsToRun: 0 }

function nextState(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'run_started':
      return { ...state, doing: `opening ${event.notebook} on ${event.server}` }
    case 'server_waiting':
      return {
        ...state,
        doing: `waiting for the server, attempt ${event.attempt}: ${event.reason}`,
      }
    case 'kernel_starting':
      return { ...state, doing: `starting kernel ${event.name}` }
    case 'kernel_started': {
      const { kernel, cellsToRun } = event
      return { ...state, cellsToRun, doing: `kernel ${kernel.name} started` }
    }
    case 'cell_started':
      return {
        ...state,
        doing: `running ${cellName(event.cell.index)}: ${firstLine(event.cell.source)}`,
      }
    case 'cell_finished':
      return afterCell({ ...state, done: event.position })
    default:
      return state
  }
}

function afterCell(state: RunState): RunState {
  return state.done === state.cellsToRun ? { ...state, doing: 'ending' } : state
}

const maxBar = 10

/** "▰▰▰▱▱▱▱  3/7 cells · running cell 4: df = load(...) · 12 s", at most `columns` wide. */
export function progressLine(state: RunState, { elapsedMs, columns }: Drawing): string {
  const start = state.cellsToRun === 0 ? '' : `${barOf(state)}  ${countOf(state)} · `
  const end = ` · ${durationText(elapsedMs)}`
  const room = Math.max(columns - widthOf(start) - widthOf(end), 0)
  return startOfWidth(start + startOfWidth(oneLine(state.doing, 500), room) + end, columns)
}

interface Drawing {
  readonly elapsedMs: number
  readonly columns: number
}

function barOf({ done, cellsToRun }: RunState): string {
  const length = Math.min(cellsToRun, maxBar)
  const full = Math.floor((done / cellsToRun) * length)
  return '▰'.repeat(full) + '▱'.repeat(length - full)
}

function countOf({ done, cellsToRun }: RunState): string {
  return `${done}/${cellsToRun} cell${cellsToRun === 1 ? '' : 's'}`
}

/**
 * How many columns of a terminal `text` takes at most: the sum over its code points, since not
 * every terminal draws an emoji that is joined of several as one.
 */
export function widthOf(text: string): number {
  return Array.from(text, widthOfCodePoint).reduce((sum, width) => sum + width, 0)
}

/** `text` if it is at most `columns` wide, else its start with an ellipsis. */
export function startOfWidth(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let width = 1
  let start = ''
  for (const character of text) {
    width += widthOfCodePoint(character)
    if (width > columns) break
    start += character
  }
  return columns < 1 ? '' : `${start}…`
}

const emojiSelector = '\ufe0f'

function widthOfCodePoint(character: string): number {
  // It widens the narrow character before it.
  return character === emojiSelector ? 1 : stringWidth(character)
}
