import { RunError } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import {
  type Check,
  type CheckResult,
  type DoctorContext,
  pass,
  skipped,
  warning,
} from './check.ts'
import { type CodeOutput, runCode } from './run_code.ts'
import { isAtLeast } from './server.ts'

/**
 * Whether the server drops output that comes fast: found by printing more than its usual limits
 * (`iopub_data_rate_limit`, `iopub_msg_rate_limit`) allow.
 */
export const rateLimitCheck: Check = {
  name: 'rate limit',
  needs: ['kernel'],
  run: printBursts,
  advice: 'look at the output of a cell that prints much',
}

async function printBursts({ findings }: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const { kernel, kernelspecs, kernelspec = '', version = '2.21' } = findings
  if (kernel === undefined) return skipped('no kernel was started')
  const isNew = isAtLeast(version, 2, 0)
  const flag = `--${isNew ? 'ZMQChannelsWebsocketConnection' : 'ServerApp'}.limit_rate=False`
  const advice = `start the server with ${flag}`
  const burst = bursts[kernelspecs?.languages.get(kernelspec) ?? '']
  if (burst === undefined) return skipped(`no trial is known for "${kernelspec}"`, advice)
  using limit = deadline(timeoutMs, timedOut, signal)
  const first = await runCode(kernel, { code: burst.bytes, isComplete }, limit.signal)
  if (!isComplete(first)) {
    const what = 'cannot be determined from outside: the output of the trial did not come'
    return skipped(what, advice)
  }
  const isOver = first.limitedRate !== null || burst.messages === null
  // What was printed before has come by now, or a notice in its place.
  const second = isOver
    ? first
    : await runCode(kernel, { code: burst.messages, isComplete: () => true }, limit.signal)
  if (second.limitedRate !== null) {
    return warning(`the server drops output above a ${second.limitedRate} rate`, advice)
  }
  const tried = burst.messages === null ? '3.5 MB' : '3.5 MB, and 3200 messages,'
  return pass(`${tried} at once came through`)
}

function isComplete({ text, limitedRate }: CodeOutput): boolean {
  return limitedRate !== null || text.length >= burstBytes
}

function timedOut(): RunError {
  const what = `Cannot try the rate limit: 3.5 MB took longer than ${timeoutMs / 1000} s`
  return new RunError('CONNECTION_LOST', what)
}

const timeoutMs = 30_000
const burstBytes = 3_500_000

interface Bursts {
  /** Prints 3.5 MB at once; the server's usual limit is 3 MB in 3 s. */
  readonly bytes: string
  /** Makes 3200 messages; the server's usual limit is 3000 in 3 s. */
  readonly messages: string | null
}

const python: Bursts = {
  bytes: `print("x" * ${burstBytes})`,
  messages:
    'from IPython.display import display\n' +
    'for _ in range(3200): display({"text/plain": ""}, raw=True)',
}
const javascript: Bursts = { bytes: `console.log("x".repeat(${burstBytes}))`, messages: null }

/** By the kernel's language. */
const bursts: Readonly<Record<string, Bursts>> = {
  python,
  r: { bytes: `cat(strrep("x", ${burstBytes}))`, messages: null },
  julia: { bytes: `print("x"^${burstBytes})`, messages: null },
  typescript: javascript,
  javascript,
}
