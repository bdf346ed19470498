import { asRunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { RunOutputs } from './run_outputs.ts'

/**
 * Tells the kernel what its `Output` widgets have taken. Once a cell is often enough, since the
 * kernel listens only when the cell is over.
 */
export function* syncWidgets(kernel: Kernel, outputs: RunOutputs): Generator<RunEvent, void, void> {
  for (const { commId, outputs: taken } of outputs.widgetChanges()) {
    try {
      kernel.updateWidget(commId, { outputs: taken })
    } catch (error) {
      if (asRunError(error).code !== 'CELL_TOO_LARGE') throw error
      const message = 'An Output widget holds too much for the kernel to be told of it'
      yield { type: 'warning', message }
    }
  }
}
