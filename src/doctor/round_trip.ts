import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import { deadline } from '../lifetime.ts'
import { good, skipped, warning, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** How long a call, and a word with the kernel, take to go and come back. */
export const roundTripCheck: Check = {
  name: 'round trip',
  needs: ['kernel'],
  examine: measure,
  advice: 'run nbtrigger nearer to the server, or give the server more to run on',
}

const times = 5
const slowMs = 500
const longestMs = 20_000

async function measure({ server, chart }: Patient, signal: AbortSignal): Promise<Opinion> {
  const { kernel } = chart
  if (kernel === undefined) return skipped('no kernel was started')
  using limit = deadline(longestMs, tooSlow, signal)
  const call = await median(() => server.look(limit.signal))
  const word = await median(() => askKernel(kernel, limit.signal))
  const what = `${call} ms a call, ${word} ms a word with the kernel`
  return Math.max(call, word) > slowMs ? warning(what, roundTripCheck.advice) : good(what)
}

/** In whole milliseconds. */
async function median(work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let round = 0; round < times; round += 1) {
    const startedTick = performance.now()
    await work()
    taken.push(performance.now() - startedTick)
  }
  return Math.round(taken.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0)
}

async function askKernel(kernel: Kernel, signal: AbortSignal): Promise<void> {
  const request = kernel.ask()
  for (;;) {
    const { type, parentId } = await kernel.next(signal)
    if (type === 'kernel_info_reply' && parentId === request) return
  }
}

function tooSlow(): RunError {
  const message = `Cannot measure a round trip: ${2 * times} took longer than ${longestMs / 1000} s`
  return new RunError('CONNECTION_LOST', message)
}
