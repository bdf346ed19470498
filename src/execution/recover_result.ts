import type { CellResult } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import { deadline } from '../lifetime.ts'
import { RunError } from '../errors.ts'
import { ipythonShell } from './ipython_shell.ts'

const budgetMs = 10_000

/**
 * Asks IPython once more for the value of the cell with this execution count, for when the server
 * dropped it: the answer comes with the reply, which is never dropped. null when there is none.
 */
export async function recoverResult(
  kernel: Kernel,
  executionCount: number | null,
  signal: AbortSignal,
): Promise<CellResult | null> {
  if (kernel.implementation !== 'ipython' || executionCount === null) return null
  using limit = deadline(budgetMs, tooLate, signal)
  const value = `${ipythonShell}.history_manager.output_hist[${executionCount}]`
  const options = { stopOnError: false, silent: true, expressions: { value } }
  const request = kernel.execute('', options)
  try {
    for (;;) {
      const message = await kernel.next(limit.signal)
      if (message.parentId !== request) continue
      if (message.type === 'left_out' && message.name === 'execute_reply') return null
      if (message.type !== 'execute_reply') continue
      const found = message.expressions.get('value')
      return found === undefined ? null : { ...found, execution_count: executionCount }
    }
  } catch (error) {
    if (limit.signal.aborted && !signal.aborted) return null
    throw error
  }
}

function tooLate(): RunError {
  return new RunError('KERNEL_GONE', 'Cannot ask for the result')
}
