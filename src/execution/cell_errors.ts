import { RunError } from '../errors.ts'
import { megabytes } from './output_loss.ts'

export function asksForInput(cell: number): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cell ${cell} asks for input: a notebook that runs unattended has nobody to ask`,
  )
}

export function noReply(): RunError {
  return new RunError(
    'KERNEL_GONE',
    'Cannot go on: the kernel went idle without answering; it may be shutting down',
  )
}

export function replyTooLarge(bytes: number): RunError {
  return new RunError(
    'OUTPUT_TOO_LARGE',
    `Cannot take an answer of ${megabytes(bytes)} MB in one message; write large data to a file instead`,
  )
}

/** IPython does not answer a cell that has left `sys.stdout` or `sys.stderr` unable to flush. */
export function neverAnswered(cell: number): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cannot tell how cell ${cell} ended: the kernel answers what was sent after it, but never the ` +
      'cell; it may have closed sys.stdout or sys.stderr, or replaced it by an object without ' +
      'flush(), which has to be undone before the cell ends',
  )
}
