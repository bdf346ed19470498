import type { RunEvent } from '../events.ts'
import { durationText } from './duration.ts'
import { startOfWidth, widthOf } from './display_width.ts'
import { oneLine } from './one_line.ts'

/** How far a run has come. */
export interface RunState {
  readonly doing: string
  readonly done: number
  /** 0 until it is known. */
  readonly cellsToRun: number
}

export const beforeRun: RunState = { doing: 'starting', done: 0, cellsToRun: 0 }

export function nextState(state: RunState, event: RunEvent): RunState {
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
      return { ...state, doing: `running cell ${event.cell.index}: ${event.cell.source}` }
    case 'cell_finished':
      return afterCell({ ...state, done: event.position })
    default:
      return state
  }
}

function afterCell(state: RunState): RunState {
  return state.done === state.cellsToRun ? { ...state, doing: 'ending' } : state
}

const longestBar = 10

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
  const length = Math.min(cellsToRun, longestBar)
  const full = Math.floor((done / cellsToRun) * length)
  return '▰'.repeat(full) + '▱'.repeat(length - full)
}

function countOf({ done, cellsToRun }: RunState): string {
  return `${done}/${cellsToRun} cell${cellsToRun === 1 ? '' : 's'}`
}
