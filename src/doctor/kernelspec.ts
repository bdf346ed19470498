import { RunError } from '../errors.ts'
import { chooseKernel } from '../jupyter/kernelspecs.ts'
import type { Notebook } from '../jupyter/notebook.ts'
import { good, warning, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Whether the server has the kernel that a run would start, or is to use. */
export const kernelspecCheck: Check = {
  name: 'kernelspec',
  needs: ['token'],
  examine: findKernelspec,
  advice: 'install the kernel beside the Jupyter Server, or name another one with --kernel',
}

const noNotebook: Notebook = { cells: [], kernelName: null, language: null, content: {} }

async function findKernelspec(patient: Patient, signal: AbortSignal): Promise<Opinion> {
  const { kernelId, kernelName: asked, chart } = patient
  if (kernelId !== null) return await findKernel(patient, kernelId, signal)
  const { kernelspecs, notebook = noNotebook } = chart
  if (kernelspecs === undefined) throw new Error('Cannot choose among kernels that are not known')
  const { name, warning: substitute } = chooseKernel({ asked, notebook }, kernelspecs)
  chart.kernelspec = name
  const language = kernelspecs.languages.get(name) || 'unknown language'
  if (substitute !== null) {
    const what = `the notebook asks for "${notebook.kernelName}", which the server does not have`
    return warning(`${what}: runs use "${name}" (${language})`, kernelspecCheck.advice)
  }
  return good(`"${name}" (${language})`)
}

async function findKernel({ server }: Patient, id: string, signal: AbortSignal): Promise<Opinion> {
  const name = await server.kernelName(id, signal)
  if (name !== null) return good(`the kernel ${id} runs "${name}"`)
  throw new RunError(
    'KERNEL_NOT_FOUND',
    `Cannot find the kernel "${id}": the server has none of this id`,
  )
}
