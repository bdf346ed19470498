import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { KernelMessage } from '../jupyter/messages.ts'
import { deadline } from '../util/abort.ts'

/** What came of code that ran in the doctor's own kernel. */
export interface CodeOutput {
  /** What the code printed. */
  readonly text: string
  /** Which rate the server limits, by its own notice: "data" or "message"; null without a notice. */
  readonly limitedRate: string | null
}

export interface TrialCode {
  readonly code: string
  /** Whether all the output that is expected has come. */
  readonly isComplete: (output: CodeOutput) => boolean
}

/** Some kernels are idle before what they printed has come. */
const lateOutputMs = 3_000

/**
 * Runs code in a kernel in which nothing else runs and returns what it printed, complete or not:
 * output that is missing when the kernel is idle is waited for 3 s longer.
 */
export async function runCode(
  kernel: Kernel,
  { code, isComplete }: TrialCode,
  signal: AbortSignal,
): Promise<CodeOutput> {
  let output: CodeOutput = { text: '', limitedRate: null }
  const add = (message: KernelMessage, isAnswer: boolean) => {
    if (isAnswer) output = withMessage(output, message, kernel)
  }
  // Not silently: some kernels print nothing then.
  await kernel.request(code, { onMessage: add, signal })
  using late = deadline(lateOutputMs, timedOut, signal)
  while (!isComplete(output) && !late.signal.aborted) {
    const message = await kernel.next(late.signal).catch((error: unknown) => {
      if (late.signal.aborted && !signal.aborted) return null
      throw error
    })
    if (message !== null) add(message, true)
  }
  signal.throwIfAborted()
  return output
}

function withMessage(output: CodeOutput, message: KernelMessage, kernel: Kernel): CodeOutput {
  if (message.type !== 'stream') return output
  const limitedRate = kernel.rateLimitNotice(message)
  if (limitedRate !== null) return { ...output, limitedRate }
  if (message.name !== 'stdout') return output
  return { ...output, text: output.text + message.text }
}

function timedOut(): RunError {
  const what = `Cannot wait longer: nothing came for ${lateOutputMs / 1000} s`
  return new RunError('CONNECTION_LOST', what)
}
