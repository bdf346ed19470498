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

/** ipykernel only logs what it could not do, and is idle. */
export function replyMissing(cell: number): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cannot tell how cell ${cell} ended: the kernel is idle and answers other requests, but did ` +
      'not answer the cell; IPython cannot where sys.stdout or sys.stderr is None, nor after exit() ' +
      'with an argument that JSON has no value for',
  )
}

/** IPython does not answer a cell that has left `sys.stdout` or `sys.stderr` unable to flush. */
export function neverAnswered(cell: number): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cannot tell how cell ${cell} ended: it is not running any more, and the kernel answers what was ` +
      'sent after it, but not the cell; sys.stdout or sys.stderr may have been closed, or replaced ' +
      'by an object without flush(), which has to be undone before a cell ends',
  )
}
