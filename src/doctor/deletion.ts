import { never } from '../lifetime.ts'
import { good, skipped, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Whether the kernel can be deleted: what no run may leave behind. */
export const deletionCheck: Check = {
  name: 'deletion',
  needs: [],
  examine: deleteKernel,
  advice: 'delete the kernel in JupyterLab',
}

const mostMs = 15_000

async function deleteKernel({ chart }: Patient): Promise<Opinion> {
  const { kernel } = chart
  if (kernel === undefined) return skipped('no kernel was started')
  await kernel.end(mostMs, never)
  if (kernel.trouble !== null) throw kernel.trouble
  return good('the kernel is gone again')
}
