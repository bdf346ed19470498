import { isDeepStrictEqual } from 'node:util'
import type { CellResult, Emit } from '../events.ts'
import { type CellEnd, executeCell, type Execution } from '../execution/cell_execution.ts'
import type { ExecutedNotebook } from '../execution/executed_notebook.ts'
import { exitWarnings } from '../execution/exit_warnings.ts'
import type { Plan, PlannedCell } from '../execution/plan.ts'
import { lastOutput, awaitLateResult, recoverResult, resultOf } from '../execution/result.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ReportBuilder } from './report.ts'

export interface CellsRun {
  readonly kernel: Kernel
  readonly executed: ExecutedNotebook
  readonly plan: Plan
  readonly report: ReportBuilder
  readonly emit: Emit
}

/** Runs the cells one by one; the last one's result goes into the report. */
export async function runCells(
  { kernel, executed, plan, report, emit }: CellsRun,
  signal: AbortSignal,
): Promise<void> {
  const { cells, allowErrors } = plan
  const execution: Execution = { kernel, executed, allowErrors, emit }
  let end: CellEnd | null = null
  let lastIndex = -1
  for (const [place, cell] of cells.entries()) {
    signal.throwIfAborted()
    lastIndex = cell.ref.index
    end = await runCell(execution, { cell, position: place + 1 }, signal)
    if (end.failure !== null && !allowErrors) {
      await lastOutput(execution, end, signal)
      throw end.failure
    }
    if (!end.exits) continue
    exitWarnings(end, { kernel, cellsLeft: cells.length - place - 1 }).forEach(emit)
    break
  }
  if (!end?.exits) executed.passRest()
  if (end === null) return
  await lastOutput(execution, end, signal)
  await awaitLateResult(execution, end, signal)
  executed.outputs.losses.takeWarnings().forEach(emit)
  const { outputs, reply, executionCount } = end
  report.result = resultOf(outputs.all, { page: reply?.page ?? null, executionCount })
  const hasLostOutput = executed.outputs.losses.has(lastIndex)
  if (!report.outputComplete && mayHaveLostValue(end, hasLostOutput)) {
    const recovered = await recoverResult(kernel, reply?.executionCount ?? null, signal)
    if (recovered !== null && !isShown(recovered, report.result)) {
      report.result = recovered
      outputs.add({ output_type: 'execute_result', ...recovered })
    }
  }
  if (report.result !== null) emit({ type: 'result', result: report.result })
}

/** A cell may show several values, so that the last one can be lost though there is another. */
function mayHaveLostValue({ outputs, failure, exits }: CellEnd, hasLostOutput: boolean): boolean {
  return (hasLostOutput || !outputs.hasValue) && failure === null && !exits
}

function isShown({ data }: CellResult, result: CellResult | null): boolean {
  return result !== null && isDeepStrictEqual(data, result.data)
}

async function runCell(
  execution: Execution,
  { cell, position }: { readonly cell: PlannedCell; readonly position: number },
  signal: AbortSignal,
): Promise<CellEnd> {
  const { emit } = execution
  const startedTick = performance.now()
  const finished = (status: 'ok' | 'error') => {
    const durationMs = Math.round(performance.now() - startedTick)
    emit({ type: 'cell_finished', cell: cell.ref, position, status, durationMs })
  }
  emit({ type: 'cell_started', cell: cell.ref, position })
  try {
    const end = await executeCell(execution, cell, signal)
    finished(end.failure === null ? 'ok' : 'error')
    return end
  } catch (error) {
    finished('error')
    throw error
  }
}
