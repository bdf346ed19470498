import { asRunError, RunError } from '../errors.ts'
import type { CellRef, RunEvent } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import { deadline } from '../lifetime.ts'
import { CellListening, type CellEnd, type WaitingTimes } from './cell_listening.ts'
import type { NotebookRecord } from './notebook_record.ts'
import { outputLost } from './output_loss.ts'
import type { PlannedCell, TimeLimit } from './plan.ts'
import { syncWidgets } from './sync_widgets.ts'
import { lastWords } from './verdict.ts'

/** What the cells of one run share. */
export interface Execution {
  readonly kernel: Kernel
  readonly record: NotebookRecord
  readonly allowErrors: boolean
  readonly times?: WaitingTimes | undefined
}

/**
 * Runs one cell to its end: that is when its reply and its idle status have come, in either order.
 * A cell that fails is a result; what is thrown is trouble with the kernel, the connection or the
 * time, after the cell has been interrupted.
 */
export async function* executeCell(
  { kernel, record, allowErrors, times }: Execution,
  { ref, expectsError, limit }: PlannedCell,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, CellEnd, void> {
  using timeUp = deadline(limit?.ms ?? null, () => cellTimedOut(ref, limit), signal)
  const { outputs } = record
  const request = kernel.execute(ref.source, { stopOnError: !allowErrors && !expectsError })
  const cell = record.startCell(ref, request)
  const listening = new CellListening(cell, { kernel, outputs, times })
  try {
    yield* listening.toTheEnd(timeUp.signal)
    const end = listening.end(expectsError)
    record.endCell(ref, end.failure === null ? 'completed' : 'failed')
    yield* outputs.losses.takeWarnings()
    yield* syncWidgets(kernel, outputs)
    return end
  } catch (error) {
    const verdict = asRunError(error)
    const isRunning = timeUp.signal.aborted || verdict.code === 'CELL_FAILED'
    const final = isRunning
      ? yield* listening.interrupt(verdict)
      : lastWords(verdict, ref, { outputs: cell.outputs, masking: record.masking })
    record.endCell(ref, 'failed') // what the interrupted cell shows is not late
    yield* outputs.losses.takeWarnings()
    if (isRunning && !listening.isEnded) yield endNotTold(ref)
    throw final
  }
}

function endNotTold({ index }: CellRef): RunEvent {
  return outputLost(`The kernel did not say that cell ${index} ended; some output may be missing`)
}

function cellTimedOut({ index }: CellRef, limit: TimeLimit | null): RunError {
  const seconds = (limit?.ms ?? 0) / 1000
  return new RunError(
    'CELL_TIMED_OUT',
    `Cell ${index} did not end within ${seconds} s (${limit?.source})`,
  )
}
