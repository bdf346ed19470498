import type { CellRef } from '../events.ts'
import { type Cell, codeCellsOf, metadataOf, type Notebook, tagsOf } from '../jupyter/nbformat.ts'
import { isRecord } from '../util/record.ts'

/** A cell that is to run, and how. */
export interface PlannedCell {
  readonly ref: CellRef
  /** Its tag says that an error is what it is meant to show. */
  readonly expectsError: boolean
  readonly limit: TimeLimit | null
}

export interface TimeLimit {
  readonly ms: number
  /** Where it was set: "--cell-timeout", for messages. */
  readonly source: string
}

export interface Plan {
  readonly cells: readonly PlannedCell[]
  readonly allowErrors: boolean
}

/** What the command line asks for; it wins over what stands in the notebook. */
export interface PlanOptions {
  readonly allowErrors: boolean
  readonly cellTimeoutMs: number | null
}

/** Which cells run, and how, by the request and by the tags and metadata of the notebook. */
export function planOf(notebook: Notebook, { allowErrors, cellTimeoutMs }: PlanOptions): Plan {
  const { timeout, allow_errors } = executionOf(metadataOf(notebook, null))
  const asked = cellTimeoutMs === null ? null : { ms: cellTimeoutMs, source: '--cell-timeout' }
  const common = limitOf(timeout, "the notebook's metadata.execution.timeout")
  const isToRun = (cell: Cell) => !tagsOf(notebook, cell).includes('skip-execution')
  return {
    allowErrors: allowErrors || allow_errors === true,
    cells: codeCellsOf(notebook)
      .filter(isToRun)
      .map((cell) => {
        const { index, id, source } = cell
        const expectsError = tagsOf(notebook, cell).includes('raises-exception')
        const own = ownLimit(notebook, cell)
        const limit = asked ?? (own === undefined ? (common ?? null) : own)
        return { ref: { index, id, source }, expectsError, limit }
      }),
  }
}

/** By its tag "timeout=SECONDS", else by its metadata; undefined when neither says anything. */
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

/** The maximum of Node's timers. */
const maxMs = 2_147_483_647

/** null for no limit, which is what 0 and less mean; undefined for what is no number. */
function limitOf(value: unknown, source: string): TimeLimit | null | undefined {
  const isNumber =
    ['number', 'bigint'].includes(typeof value) ||
    (typeof value === 'string' && value.trim() !== '')
  const ms = isNumber ? Math.ceil(Number(value) * 1000) : NaN
  if (Number.isNaN(ms)) return undefined
  return ms <= 0 || ms > maxMs ? null : { ms, source }
}

function executionOf({ execution }: Readonly<Record<string, unknown>>) {
  return isRecord(execution) ? execution : {}
}
