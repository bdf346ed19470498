import type { RunEvent } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { CellEnd } from './cell_execution.ts'

interface EarlyEnd {
  readonly kernel: Pick<Kernel, 'implementation' | 'name'>
  /** How many cells do not run because of it. */
  readonly cellsLeft: number
}

/**
 * Warns where a notebook has ended itself before its last cell and nobody can know whether it
 * failed: IPython says what `exit()` was called with, but IRkernel hands on no status of `quit()`.
 */
export function exitWarnings(
  { cell, reply }: CellEnd,
  { kernel, cellsLeft }: EarlyEnd,
): readonly RunEvent[] {
  const isKnown = kernel.implementation === 'ipython' || reply?.status !== 'ok'
  if (isKnown || cellsLeft === 0) return []
  const rest = cellsLeft === 1 ? '1 cell' : `${cellsLeft} cells`
  const message =
    `Cell ${cell.index} ended the notebook before ${rest}, and the kernel "${kernel.name}" does ` +
    'not say with which status; to have the run fail, raise an error instead'
  return [{ type: 'warning', message }]
}
