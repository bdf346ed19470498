import { RunError } from '../errors.ts'
import { Kernel } from '../jupyter/kernel.ts'
import { deadline } from '../lifetime.ts'
import { good, skipped, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Whether a kernel starts, its WebSocket opens, and it answers. */
export const kernelCheck: Check = {
  name: 'kernel',
  needs: ['kernelspec', 'instances'],
  examine: startKernel,
  advice: "look into the server's log",
}

async function startKernel(patient: Patient, signal: AbortSignal): Promise<Opinion> {
  const { server, chart, notebookPath, startMs } = patient
  const { kernelspec: name } = chart
  if (name === undefined) return skipped('a run would use a kernel that is there already')
  using limit = deadline(startMs, () => notStarted(name, startMs), signal)
  const kernel = Kernel.planned(server, { name, keep: false })
  chart.kernel = kernel
  const startedTick = performance.now()
  await kernel.make((notebookPath ?? '/').slice(1), limit.signal)
  await kernel.connect(limit.signal)
  const seconds = ((performance.now() - startedTick) / 1000).toFixed(1)
  return good(`"${name}" started within ${seconds} s, its WebSocket is open, and it answers`)
}

function notStarted(name: string, startMs: number): RunError {
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel "${name}": it did not answer within ${startMs / 1000} s (--start-timeout)`,
  )
}
