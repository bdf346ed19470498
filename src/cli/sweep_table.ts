import { createLogUpdate } from 'log-update'
import type { RunEvent } from '../events.ts'
import { durationText } from '../util/duration.ts'
import type { ProgressStream } from './permanent_lines.ts'
import {
  barOf,
  beforeRun,
  nextState,
  progressLine,
  type RunState,
  Screen,
} from './terminal_progress.ts'

/** The part of a terminal that is redrawn while a sweep goes on. */
export interface SweepTable {
  observe(index: number, event: RunEvent): void
  /** Prints a line that stays, above the table. */
  print(line: string): void
  [Symbol.dispose](): void
}

const redrawMs = 200

/** A line for the sweep, and one for each set that runs. */
export function createTable(stream: ProgressStream, count: number): SweepTable {
  const screen = new Screen(stream)
  const update = createLogUpdate(screen, { showCursor: true })
  const startedTick = performance.now()
  const running = new Map<number, { state: RunState; readonly startedTick: number }>()
  let done = 0
  let isOver = false

  const draw = () => {
    if (isOver) return
    const now = performance.now()
    const bar = barOf({ done, cellsToRun: count })
    const head = `${bar}  ${done}/${count} sets · ${durationText(now - startedTick)}`
    const rows = [...running].map(([index, { state, startedTick: tick }]) => {
      const place = { elapsedMs: now - tick, cellMs: null, output: '', columns: screen.columns - 8 }
      return `${String(index).padStart(5)}  ${progressLine(state, place)}`
    })
    update([head, ...rows].join('\n'))
  }
  const timer = setInterval(draw, redrawMs).unref()
  draw()
  return {
    observe: (index, event) => {
      const { state, startedTick: tick } = running.get(index) ?? {
        state: beforeRun,
        startedTick: performance.now(),
      }
      if (event.type === 'run_finished') {
        running.delete(index)
        done += 1
      } else running.set(index, { state: nextState(state, event), startedTick: tick })
      // Drawn with the next redraw: hundreds of cells may end in one second.
    },
    print: (line) => {
      if (!isOver) update.clear()
      screen.write(`${line}\n`)
      draw()
    },
    [Symbol.dispose]: () => {
      if (isOver) return
      isOver = true
      clearInterval(timer)
      update.clear()
    },
  }
}
