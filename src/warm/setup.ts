import { createHash } from 'node:crypto'
import { planOf, type Plan } from '../execution/plan.ts'
import { type Cell, injectedTag, type Notebook, rawCellsOf, tagsOf } from '../jupyter/nbformat.ts'
import { kernelPath, type RunRequest } from '../request/run_request.ts'

/** What a kernel runs before a request takes it. */
export interface Setup {
  /** Its cells, which every run of the notebook executes first, in this order. */
  readonly plan: Plan
  /** Kernels of the same key are in the same state. */
  readonly key: string
}

/** Why a notebook, or a request for it, cannot have warm kernels, for the end of a sentence. */
export class NotWarmable extends Error {
  override readonly name = 'NotWarmable'
}

const setupTag = 'setup'
const parameterTags: readonly string[] = ['parameters', injectedTag]

/**
 * The cells to run beforehand: those tagged `setup`, else those before the cell tagged `parameters`.
 * Throws NotWarmable where there is neither, or where they would run in another order than in a run
 * without a warm kernel.
 */
export function setupOf(notebook: Notebook, request: RunRequest): Setup {
  const plan = planOf(firstCells(notebook, setupLength(notebook)), request)
  if (request.parameters.size > 0 && endOf(notebook) === null) {
    throw new NotWarmable(
      'it has no cell tagged "parameters", so that parameters are set before all',
    )
  }
  return { plan, key: keyOf(notebook, plan, request) }
}

/** How many cells the setup has, with those that are not code. */
function setupLength(notebook: Notebook): number {
  const code = notebook.cells.filter(({ type }) => type === 'code')
  const isSetup = (cell: Cell) => tagsOf(notebook, cell).includes(setupTag)
  const end = endOf(notebook)
  if (!code.some(isSetup)) {
    if (end !== null) return end.index
    throw new NotWarmable('it has no cell tagged "parameters" or "setup"')
  }
  const next = code.find((cell) => !isSetup(cell))
  const last = code.findLast(isSetup)
  if (next === undefined || last === undefined) return notebook.cells.length
  if (last.index < next.index) return next.index
  throw new NotWarmable('a cell tagged "setup" comes after a cell that is not')
}

/** The cell from which on the code depends on parameters. */
function endOf(notebook: Notebook): Cell | null {
  const isEnd = (cell: Cell) =>
    tagsOf(notebook, cell).some((tag) => parameterTags.includes(String(tag)))
  return notebook.cells.find(isEnd) ?? null
}

function firstCells(notebook: Notebook, length: number): Notebook {
  const { cells, content } = notebook
  return {
    ...notebook,
    cells: cells.slice(0, length),
    content: { ...content, cells: rawCellsOf(notebook).slice(0, length) },
  }
}

/** A hash of all on which the state of the kernel depends. */
function keyOf({ kernelName, language }: Notebook, plan: Plan, request: RunRequest): string {
  const { server, secrets } = request
  const state = {
    server: [server.url.href, server.token],
    folder: kernelPath(request),
    kernel: [request.kernelName, kernelName],
    language: [request.language, language],
    secrets: secrets.map(({ name, value }) => [name, value]),
    allowErrors: plan.allowErrors,
    cells: plan.cells.map(({ ref, expectsError, limit }) => [ref.source, expectsError, limit?.ms]),
  }
  return createHash('sha256').update(JSON.stringify(state)).digest('hex')
}
