import { isTemporary, RunError } from '../errors.ts'
import { Kernel } from '../jupyter/kernel.ts'
import type { ListedKernel } from '../jupyter/kernels.ts'
import { chooseKernel } from '../jupyter/kernelspecs.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import { deadline, neverAborts } from '../util/abort.ts'
import { quoteForError } from '../util/text.ts'
import {
  type Check,
  type CheckResult,
  type DoctorContext,
  pass,
  skipped,
  warning,
} from './check.ts'

/** Whether the server has the kernelspec that a run would start, or the kernel that it would use. */
export const kernelspecCheck: Check = {
  name: 'kernelspec',
  needs: ['token'],
  run: findKernelspec,
  advice: 'install the kernel beside the Jupyter Server, or name another one with --kernel',
}

const noNotebook: Notebook = { cells: [], kernelName: null, language: null, content: {} }

async function findKernelspec(context: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const { kernelId, kernelName, findings } = context
  if (kernelId !== null) return await findKernel(context, kernelId, signal)
  const { kernelspecs, notebook = noNotebook } = findings
  if (kernelspecs === undefined) throw new Error('Cannot choose among kernels that are not known')
  const { name, warning: substitute } = chooseKernel(
    { requested: kernelName, notebook },
    kernelspecs,
  )
  findings.kernelspec = name
  const language = kernelspecs.languages.get(name) || 'unknown language'
  if (substitute !== null) {
    const what = `the notebook asks for "${notebook.kernelName}", which the server does not have`
    return warning(`${what}: runs use "${name}" (${language})`, kernelspecCheck.advice)
  }
  return pass(`"${name}" (${language})`)
}

async function findKernel(
  { server }: DoctorContext,
  id: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  const name = await server.kernels.nameOf(id, signal)
  if (name !== null) return pass(`the kernel ${id} runs "${name}"`)
  throw new RunError(
    'KERNEL_NOT_FOUND',
    `Cannot find the kernel "${id}": the server has none of this id`,
  )
}

/** Whether a kernel starts, its WebSocket opens, and it answers. */
export const kernelCheck: Check = {
  name: 'kernel',
  needs: ['kernelspec', 'instances'],
  run: startKernel,
  advice: "look into the server's log",
}

async function startKernel(context: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const { server, findings, startMs } = context
  const { kernelspec: name } = findings
  if (name === undefined) return skipped('a run would use a kernel that is there already')
  using limit = deadline(startMs, () => notStarted(name, startMs), signal)
  const gateway = findings.kind === 'Jupyter Server' ? null : context.gateway
  const kernel = Kernel.create(server.kernels, { name, keep: false, gateway })
  findings.kernel = kernel
  const startedTick = performance.now()
  await kernel.start(context.kernelPath, limit.signal)
  await kernel.connect(limit.signal)
  const seconds = ((performance.now() - startedTick) / 1000).toFixed(1)
  const place = kernel.isBehindGateway ? ' on another server (gateway mode)' : ''
  return pass(
    `"${name}" started${place} within ${seconds} s, its WebSocket is open, and it answers`,
  )
}

function notStarted(name: string, startMs: number): RunError {
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel "${name}": it did not answer within ${startMs / 1000} s (--start-timeout)`,
    { advice: "raise that limit, or look into the server's log" },
  )
}

/** How long the response to an HTTP request and the reply of the kernel take. */
export const roundTripCheck: Check = {
  name: 'round trip',
  needs: ['kernel'],
  run: measureRoundTrips,
  advice: 'run nbtrigger nearer to the server, or give the server more to run on',
}

const roundTrips = 5
const slowMs = 500
const roundTripMaxMs = 20_000

async function measureRoundTrips(
  { server, findings }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { kernel } = findings
  if (kernel === undefined) return skipped('no kernel was started')
  using limit = deadline(roundTripMaxMs, tooSlow, signal)
  const requestMs = await medianMs(() => server.status.probe(limit.signal))
  const pingMs = await medianMs(() => kernel.ping(limit))
  const what = `${requestMs} ms for an HTTP request, ${pingMs} ms for a kernel message`
  return Math.max(requestMs, pingMs) > slowMs ? warning(what, roundTripCheck.advice) : pass(what)
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const takenMs: number[] = []
  for (let round = 0; round < roundTrips; round += 1) {
    const startedTick = performance.now()
    await work()
    takenMs.push(performance.now() - startedTick)
  }
  return Math.round(takenMs.toSorted((a, b) => a - b)[Math.floor(roundTrips / 2)] ?? 0)
}

function tooSlow(): RunError {
  const message = `Cannot measure a round trip: ${2 * roundTrips} took longer than ${roundTripMaxMs / 1000} s`
  return new RunError('CONNECTION_LOST', message)
}

/** Whether the kernel can be deleted, as every run has to delete its own. */
export const deletionCheck: Check = {
  name: 'deletion',
  needs: [],
  run: deleteKernel,
  advice: 'delete the kernel in JupyterLab',
}

const deletionMaxMs = 15_000

async function deleteKernel({ findings }: DoctorContext): Promise<CheckResult> {
  const { kernel } = findings
  if (kernel === undefined) return skipped('no kernel was started')
  await kernel.end(deletionMaxMs, neverAborts)
  if (kernel.deletionError !== null) throw kernel.deletionError
  return pass('the kernel was deleted')
}

/**
 * Whether there are kernels to which no client is connected: a run whose process was killed leaves
 * its own, and so do `--keep-kernel` and notebooks that were closed in JupyterLab.
 */
export const orphansCheck: Check = {
  name: 'orphans',
  needs: ['token'],
  run: findOrphans,
  advice: 'delete those that are not needed, in JupyterLab or with DELETE /api/kernels/ID',
}

/** A client may be about to connect to a kernel that was used more recently. */
const minQuietMs = 60_000
const maxNamed = 5

async function findOrphans({ server }: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  let kernels: readonly ListedKernel[]
  try {
    kernels = await server.kernels.list(signal)
  } catch (error) {
    if (signal.aborted || isTemporary(error)) throw error
    return skipped('cannot be determined: the server does not list its kernels')
  }
  const nowMs = Date.now()
  const left = kernels.filter(
    ({ connections, lastActivityMs }) =>
      connections === 0 && nowMs - (lastActivityMs ?? nowMs) >= minQuietMs,
  )
  if (left.length === 0) return pass('every kernel has a client, or was in use a moment ago')
  const named = left.slice(0, maxNamed).map((kernel) => describe(kernel, nowMs))
  const more = left.length > maxNamed ? ` and ${left.length - maxNamed} more` : ''
  const what = `no client is connected to ${left.length} of ${kernels.length}: ${named.join(', ')}${more}`
  return warning(what, orphansCheck.advice)
}

function describe({ id, name, state, lastActivityMs }: ListedKernel, nowMs: number): string {
  const minutes = Math.floor((nowMs - (lastActivityMs ?? nowMs)) / 60_000)
  return `${id} (${quoteForError(name)}, ${state || 'in an unknown state'}, last used ${minutes} min ago)`
}
