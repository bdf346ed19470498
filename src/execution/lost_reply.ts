import type { Kernel } from '../jupyter/kernel.ts'

/** Ends as the cell before it did. */
export const sameEnd = 'get_ipython().last_execution_result.raise_error()'

/**
 * Asks how the cell that was sent last has ended: the answer comes when it is over, and from
 * IPython it is the cell's own reply once more. Other kernels only say that it is over.
 */
export function askHowItEnded(kernel: Kernel): string {
  if (kernel.implementation !== 'ipython') return kernel.ask()
  return kernel.execute(sameEnd, { stopOnError: false, silent: true })
}
