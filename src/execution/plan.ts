import type { CellRef } from '../events.ts'
import {
  type Cell,
  cellNumbers,
  codeCellsOf,
  metadataOf,
  type Notebook,
  tagsOf,
} from '../jupyter/nbformat.ts'
import { maxTimerMs } from '../util/duration.ts'
import { isRecord } from '../util/record.ts'

/** A cell to run. */
export interface PlannedCell {
  /** Counts the cells to run, from 1. */
  readonly position: number
  readonly ref: CellRef
  /** Whether it is tagged `raises-exception`: an error does not fail the run. */
  readonly expectsError: boolean
  readonly limit: TimeLimit | null
}

export interface TimeLimit {
  readonly ms: number
  /** Where it was set, for messages: "--cell-timeout". */
  readonly source: string
}

export interface Plan {
  readonly cells: readonly PlannedCell[]
  readonly allowErrors: boolean
}

/** Options of the request, which override the notebook's. */
export interface PlanOptions {
  readonly allowErrors: boolean
  readonly cellTimeoutMs: number | null
}

/** The cells to run with their limits, from the request and the notebook's tags and metadata. */
export function planOf(notebook: Notebook, { allowErrors, cellTimeoutMs }: PlanOptions): Plan {
  const { timeout, allow_errors } = executionOf(metadataOf(notebook, null))
  const requested = cellTimeoutMs === null ? null : { ms: cellTimeoutMs, source: '--cell-timeout' }
  const common = limitOf(timeout, "the notebook's metadata.execution.timeout")
  const numbers = cellNumbers(notebook)
  const isToRun = (cell: Cell) => !tagsOf(notebook, cell).includes('skip-execution')
  return {
    allowErrors: allowErrors || allow_errors === true,
    cells: codeCellsOf(notebook)
      .filter(isToRun)
      .map((cell, place) => {
        const { id, source } = cell
        const index = numbers[cell.index] ?? null
        const expectsError = tagsOf(notebook, cell).includes('raises-exception')
        const own = ownLimit(notebook, cell)
        const limit = requested ?? (own === undefined ? (common ?? null) : own)
        return { position: place + 1, ref: { index, id, source }, expectsError, limit }
      }),
  }
}

/** From the cell's tag "timeout=SECONDS", else its metadata; undefined when neither sets one. */
function ownLimit(notebook: Notebook, cell: Cell): TimeLimit | null | undefined {
  const tags = tagsOf(notebook, cell).filter((tag) => typeof tag === 'string')
  const tag = tags.find((name) => limitOf(seconds(name), name) !== undefined)
  if (tag !== undefined) return limitOf(seconds(tag), `the cell's tag "${tag}"`)
  const { timeout } = executionOf(metadataOf(notebook, cell))
  return limitOf(timeout, "the cell's metadata.execution.timeout")
}

function seconds(tag: string): string | undefined {
  return /^timeout=(.*)$/.exec(tag)?.[1]
}

/** `value` in seconds; null (no limit) for 0 and less, undefined when it is not a number. */
function limitOf(value: unknown, source: string): TimeLimit | null | undefined {
  const isNumber =
    ['number', 'bigint'].includes(typeof value) ||
    (typeof value === 'string' && value.trim() !== '')
  const ms = isNumber ? Math.ceil(Number(value) * 1000) : NaN
  if (Number.isNaN(ms)) return undefined
  return ms <= 0 || ms > maxTimerMs ? null : { ms, source }
}

function executionOf({ execution }: Readonly<Record<string, unknown>>) {
  return isRecord(execution) ? execution : {}
}
