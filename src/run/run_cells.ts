import { isDeepStrictEqual } from 'node:util'
import type { CellResult, RunEvent } from '../events.ts'
import { type CellEnd, executeCell, type Execution } from '../execution/cell_execution.ts'
import type { ExecutedNotebook } from '../execution/executed_notebook.ts'
import { exitWarnings } from '../execution/exit_warnings.ts'
import type { Plan, PlannedCell } from '../execution/plan.ts'
import { lastOutput, awaitLateResult, recoverResult, resultOf } from '../execution/result.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ReportBuilder } from './report.ts'

type Events<Result = void> = AsyncGenerator<RunEvent, Result, void>

export interface CellsRun {
  readonly kernel: Kernel
  readonly record: ExecutedNotebook
  readonly plan: Plan
  readonly draft: ReportBuilder
}

/** Runs the cells one by one; the last one's result goes into the report. */
export async function* runCells(
  { kernel, record, plan, draft }: CellsRun,
  signal: AbortSignal,
): Events {
  const { cells, allowErrors } = plan
  const execution: Execution = { kernel, record, allowErrors }
  let end: CellEnd | null = null
  let lastIndex = -1
  for (const [place, cell] of cells.entries()) {
    signal.throwIfAborted()
    lastIndex = cell.ref.index
    end = yield* runCell(execution, { cell, position: place + 1 }, signal)
    if (end.failure !== null && !allowErrors) {
      yield* lastOutput(execution, end, signal)
      throw end.failure
    }
    if (!end.exits) continue
    yield* exitWarnings(end, { kernel, cellsLeft: cells.length - place - 1 })
    break
  }
  if (!end?.exits) record.passRest()
  if (end === null) return
  yield* lastOutput(execution, end, signal)
  yield* awaitLateResult(execution, end, signal)
  yield* record.outputs.losses.takeWarnings()
  const { outputs, reply, executionCount } = end
  draft.result = resultOf(outputs.all, { page: reply?.page ?? null, executionCount })
  const hasLostOutput = record.outputs.losses.has(lastIndex)
  if (!draft.outputComplete && mayHaveLostValue(end, hasLostOutput)) {
    const recovered = await recoverResult(kernel, reply?.executionCount ?? null, signal)
    if (recovered !== null && !isShown(recovered, draft.result)) {
      draft.result = recovered
      outputs.add({ output_type: 'execute_result', ...recovered })
    }
  }
  if (draft.result !== null) yield { type: 'result', result: draft.result }
}

/** A cell may show several values, so that the last one can be lost though there is another. */
function mayHaveLostValue({ outputs, failure, exits }: CellEnd, hasLostOutput: boolean): boolean {
  return (hasLostOutput || !outputs.hasValue) && failure === null && !exits
}

function isShown({ data }: CellResult, result: CellResult | null): boolean {
  return result !== null && isDeepStrictEqual(data, result.data)
}

async function* runCell(
  execution: Execution,
  { cell, position }: { readonly cell: PlannedCell; readonly position: number },
  signal: AbortSignal,
): Events<CellEnd> {
  const startedTick = performance.now()
  const finished = (status: 'ok' | 'error'): RunEvent => {
    const durationMs = Math.round(performance.now() - startedTick)
    return { type: 'cell_finished', cell: cell.ref, position, status, durationMs }
  }
  yield { type: 'cell_started', cell: cell.ref, position }
  try {
    const end = yield* executeCell(execution, cell, signal)
    yield finished(end.failure === null ? 'ok' : 'error')
    return end
  } catch (error) {
    yield finished('error')
    throw error
  }
}
