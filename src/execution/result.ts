import { setTimeout } from 'node:timers/promises'
import { asRunError, RunError } from '../errors.ts'
import type { CellResult, RunEvent } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/nbformat.ts'
import { deadline } from '../util/abort.ts'
import { type CellIndex, cellName } from '../util/cell_name.ts'
import type { CellEnd, Execution } from './cell_execution.ts'
import { outputLost } from './output_losses.ts'
import { ipythonShell } from './reply_check.ts'

/**
 * The result of a cell: its value, else its last display, else its text on stdout, else the pager
 * content of the reply; null when it has none of these.
 */
export function resultOf(
  outputs: readonly Output[],
  reply: Pick<ExecuteReply, 'executionCount' | 'page'> | null,
): CellResult | null {
  const value = outputs.findLast((output) => output.output_type === 'execute_result')
  if (value !== undefined) {
    const { data, metadata, execution_count } = value
    return { data, metadata, execution_count }
  }
  const execution_count = reply?.executionCount ?? null
  const display = outputs.findLast((output) => output.output_type === 'display_data')
  if (display !== undefined) {
    return { data: display.data, metadata: display.metadata, execution_count }
  }
  const printed = outputs
    .filter((output) => output.output_type === 'stream')
    .filter((output) => output.name === 'stdout')
    .map((output) => output.text)
    .join('')
  if (printed !== '') return { data: { 'text/plain': printed }, metadata: {}, execution_count }
  const page = reply?.page ?? null
  return page === null ? null : { data: page, metadata: {}, execution_count }
}

const outputTimeoutMs = 10_000

/** For a thread of the kernel that a busy machine lets wait. */
const pipeReaderMs = 50

/**
 * Collects output of the last cell's C code and subprocesses. IPython can publish it after the idle
 * status, because a separate thread reads it from a pipe (ipykernel, iostream.py). A further request
 * makes IPython publish what that thread has read, with the cell or that request as parent. It may
 * not have read all by then: the request is made twice, with some time between them where the cell
 * has no result yet. Other kernels are not known to do so. Emits a warning when the kernel does not
 * answer; throws the signal's reason unless the cell failed.
 */
export async function lastOutput(
  { kernel, executed, emit }: Execution,
  { request, cell: { index }, outputs: shown, reply, executionCount, failure }: CellEnd,
  signal: AbortSignal,
): Promise<void> {
  if (kernel.implementation !== 'ipython') return
  const { outputs } = executed
  using limit = deadline(outputTimeoutMs, outputTimedOut, signal)
  try {
    const onMessage = (message: KernelMessage, isAnswer: boolean) => {
      if (message.type === 'unreadable') outputs.losses.addUnreadable(index, message.bytes)
      const isOutput = isAnswer && message.type === 'stream'
      outputs.add(isOutput ? { ...message, parentId: request } : message).forEach(emit)
    }
    const ask = () => kernel.ping({ onMessage, signal: limit.signal })
    await ask()
    const hasResult = resultOf(shown.all, { page: reply?.page ?? null, executionCount }) !== null
    if (!hasResult) await setTimeout(pipeReaderMs, undefined, { signal: limit.signal })
    await ask()
  } catch (error) {
    if (signal.aborted && failure === null) throw error
    // Otherwise only a warning: the cell itself has ended.
    emit(mayBeMissing(index, limit.signal.aborted ? didNotSay : endedBefore))
  }
}

const didNotSay = `The kernel did not say within ${outputTimeoutMs / 1000} s`
/** For example after `exit()`: ipykernel stops 0.1 s later. */
const endedBefore = 'The kernel ended, or could not be reached, before it could say'

function mayBeMissing(cell: CellIndex, reason: string): RunEvent {
  return outputLost(`${reason} that all output of ${cellName(cell)} had come; some may be missing`)
}

function outputTimedOut(): RunError {
  return new RunError('KERNEL_GONE', 'Cannot wait for the output')
}

const graceMs = 250

/**
 * Waits up to 250 ms for an execute result that arrives after the cell's idle status, as it
 * sometimes does with Deno's kernel. Returns at once for IPython, which keeps the order. Throws the
 * signal's reason.
 */
export async function awaitLateResult(
  { kernel, executed, emit }: Execution,
  { request, outputs, failure }: CellEnd,
  signal: AbortSignal,
): Promise<void> {
  if (failure !== null || kernel.implementation === 'ipython') return
  using grace = deadline(graceMs, valueTimedOut, signal)
  try {
    while (!outputs.hasValue) {
      const message = await kernel.next(grace.signal)
      if (message.parentId === request) executed.outputs.add(message).forEach(emit)
    }
  } catch (error) {
    if (signal.aborted) throw error // otherwise ignored: the cell has succeeded
  }
}

function valueTimedOut(): RunError {
  return new RunError('KERNEL_GONE', 'Cannot wait for the value')
}

const recoveryTimeoutMs = 10_000

/**
 * Asks IPython again for the value of the cell with this execution count, after the server may have
 * dropped it. It is part of the reply, which the server's rate limit does not drop. Returns null when
 * there is no value, it is too large, or IPython does not answer in time; throws the signal's reason.
 */
export async function recoverResult(
  kernel: Kernel,
  executionCount: number | null,
  signal: AbortSignal,
): Promise<CellResult | null> {
  if (kernel.implementation !== 'ipython' || executionCount === null) return null
  using limit = deadline(recoveryTimeoutMs, recoveryTimedOut, signal)
  const value = `${ipythonShell}.history_manager.output_hist[${executionCount}]`
  const options = { silent: true, stopOnError: false, userExpressions: { value } }
  try {
    const { expressions } = await kernel.request('', { ...options, signal: limit.signal })
    const found = expressions.get('value')
    return found === undefined ? null : { ...found, execution_count: executionCount }
  } catch (error) {
    const isTooLarge = asRunError(error).code === 'OUTPUT_TOO_LARGE'
    if (!signal.aborted && (isTooLarge || limit.signal.aborted)) return null
    throw error
  }
}

function recoveryTimedOut(): RunError {
  return new RunError('KERNEL_GONE', 'Cannot ask for the result')
}
