import { RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { deadline } from '../lifetime.ts'
import type { CellEnd } from './cell_listening.ts'
import type { Execution } from './execute_cell.ts'

const graceMs = 250

/**
 * Waits a moment for a value that comes after its cell's idle status: the kernel of Deno sends it
 * there now and then. IPython keeps the order, and is not waited for.
 */
export async function* lateValue(
  { kernel, record }: Execution,
  { request, outputs, failure }: CellEnd,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, void, void> {
  if (failure !== null || kernel.implementation === 'ipython') return
  using grace = deadline(graceMs, tooLate, signal)
  try {
    while (!outputs.hasValue) {
      const message = await kernel.next(grace.signal)
      if (message.parentId === request) yield* record.outputs.add(message)
    }
  } catch (error) {
    if (signal.aborted) throw error // else the cell has ended well, whatever happens now
  }
}

function tooLate(): RunError {
  return new RunError('KERNEL_GONE', 'Cannot wait for the value')
}
