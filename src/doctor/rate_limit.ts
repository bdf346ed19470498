import { deadline } from '../lifetime.ts'
import { RunError } from '../errors.ts'
import { good, skipped, warning, type Check, type Opinion } from './check.ts'
import { listen, type Heard } from './listen.ts'
import type { Patient } from './patient.ts'
import { isAtLeast } from './version.ts'

/** Whether the server drops output that comes fast: by trial, with more than its usual limits allow. */
export const rateLimitCheck: Check = {
  name: 'rate limit',
  needs: ['kernel'],
  examine: tryBursts,
  advice: 'look at the output of a cell that prints much',
}

const trialMs = 30_000
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

async function tryBursts({ chart }: Patient, signal: AbortSignal): Promise<Opinion> {
  const { kernel, kernelspecs, kernelspec = '', version = '2.21' } = chart
  if (kernel === undefined) return skipped('no kernel was started')
  const isNew = isAtLeast(version, 2, 0)
  const flag = `--${isNew ? 'ZMQChannelsWebsocketConnection' : 'ServerApp'}.limit_rate=False`
  const advice = `start the server with ${flag}`
  const burst = bursts[kernelspecs?.languages.get(kernelspec) ?? '']
  if (burst === undefined) return skipped(`no trial is known for "${kernelspec}"`, advice)
  using limit = deadline(trialMs, tooSlow, signal)
  const first = await listen(kernel, { code: burst.bytes, isAll: isWhole }, limit.signal)
  if (!isWhole(first)) {
    return skipped('cannot be told from outside: the output of the trial did not come', advice)
  }
  const isOver = first.limited !== null || burst.messages === null
  const second = isOver
    ? first
    : await listen(kernel, { code: burst.messages, isAll }, limit.signal)
  if (second.limited !== null) {
    return warning(`the server drops output above a ${second.limited} rate`, advice)
  }
  const tried = burst.messages === null ? '3.5 MB' : '3.5 MB, and 3200 messages,'
  return good(`${tried} at once came through`)
}

function isWhole({ text, limited }: Heard): boolean {
  return limited !== null || text.length >= burstBytes
}

/** What was printed before is known to have come by now, or a notice in its place. */
function isAll(): boolean {
  return true
}

function tooSlow(): RunError {
  return new RunError(
    'CONNECTION_LOST',
    `Cannot try the rate limit: 3.5 MB took longer than ${trialMs / 1000} s`,
  )
}
