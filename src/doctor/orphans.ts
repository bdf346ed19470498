import { isPassing } from '../errors.ts'
import type { ListedKernel } from '../jupyter/kernel_list.ts'
import { quoted } from '../quoted.ts'
import { good, skipped, warning, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/**
 * Whether there are kernels to which nobody is connected: a run whose process was killed leaves its
 * own, and so do `--keep-kernel` and notebooks that were closed in JupyterLab.
 */
export const orphansCheck: Check = {
  name: 'orphans',
  needs: ['token'],
  examine: lookForKernels,
  advice: 'delete those that nobody needs, in JupyterLab or with DELETE /api/kernels/ID',
}

/** Younger ones may be about to be connected to. */
const minQuietMs = 60_000
const maxNamed = 5

async function lookForKernels({ server }: Patient, signal: AbortSignal): Promise<Opinion> {
  let kernels: readonly ListedKernel[]
  try {
    kernels = await server.kernels(signal)
  } catch (error) {
    if (signal.aborted || isPassing(error)) throw error
    return skipped('cannot be told: the server does not list its kernels')
  }
  const nowMs = Date.now()
  const left = kernels.filter(
    ({ connections, lastActivityMs }) =>
      connections === 0 && nowMs - (lastActivityMs ?? nowMs) >= minQuietMs,
  )
  if (left.length === 0) return good('every kernel is connected to, or was in use a moment ago')
  const named = left.slice(0, maxNamed).map((kernel) => describe(kernel, nowMs))
  const more = left.length > maxNamed ? ` and ${left.length - maxNamed} more` : ''
  const what = `nobody is connected to ${left.length} of ${kernels.length}: ${named.join(', ')}${more}`
  return warning(what, orphansCheck.advice)
}

function describe({ id, name, state, lastActivityMs }: ListedKernel, nowMs: number): string {
  const minutes = Math.floor((nowMs - (lastActivityMs ?? nowMs)) / 60_000)
  return `${id} (${quoted(name)}, ${state || 'in an unknown state'}, last used ${minutes} min ago)`
}
