import { RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { deadline } from '../lifetime.ts'
import type { CellEnd } from './cell_listening.ts'
import type { Execution } from './execute_cell.ts'
import { outputLost } from './output_loss.ts'

const budgetMs = 10_000

/**
 * Collects what the last cell's C code or subprocesses have written, which IPython may publish a
 * moment after the idle status, since a thread of its own reads it from a pipe (ipykernel,
 * iostream.py). Before it is idle after a question, IPython has published what the thread has read,
 * in the name of the cell or of the question. Other kernels are not known to do so.
 */
export async function* lastOutput(
  { kernel, record }: Execution,
  { request, cell: { index }, failure }: CellEnd,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void, void> {
  if (kernel.implementation !== 'ipython') return
  using limit = deadline(budgetMs, tooLate, signal)
  try {
    const question = kernel.ask()
    for (;;) {
      const message = await kernel.next(limit.signal)
      const isAnswer = message.parentId === question
      if (isAnswer && message.type === 'status' && message.state === 'idle') return
      if (message.type === 'unreadable') record.outputs.losses.addUnreadable(index, message.bytes)
      const isOutput = message.type === 'stream'
      yield* record.outputs.add(isAnswer && isOutput ? { ...message, parentId: request } : message)
    }
  } catch (error) {
    if (signal.aborted && failure === null) throw error
    // Else the cell has ended, whatever becomes of the kernel now.
    yield mayBeMissing(index, limit.signal.aborted ? didNotSay : endedBefore)
  }
}

const didNotSay = `The kernel did not say within ${budgetMs / 1000} s`
/** As after `exit()`, where ipykernel ends itself 0.1 s later. */
const endedBefore = 'The kernel ended, or could not be reached, before it could say'

function mayBeMissing(cell: number, reason: string): RunEvent {
  return outputLost(`${reason} that all output of cell ${cell} had come; some may be missing`)
}

function tooLate(): RunError {
  return new RunError('KERNEL_GONE', 'Cannot wait for the output')
}
