import type { Checkpoint, Progress } from '../checkpoint/checkpoint.ts'
import type { RunCheckpoint } from '../checkpoint/run_checkpoint.ts'
import { asRunError, type ErrorCode, RunError } from '../errors.ts'
import { cellPart, type ExecutedNotebook, widgetsPart } from '../execution/executed_notebook.ts'
import { type Plan, planOf } from '../execution/plan.ts'
import type { CellSnapshot, SnapshotParts, WidgetsSnapshot } from '../execution/snapshot.ts'
import { Kernel } from '../jupyter/kernel.ts'
import { injectedTag, type Notebook, readNotebook, taggedCell } from '../jupyter/nbformat.ts'
import { RunIds } from '../jupyter/run_ids.ts'
import type { RunRequest } from '../request/run_request.ts'
import { noop } from '../util/abort.ts'
import { field, textOf } from '../util/record.ts'
import { awaitServer } from './await_server.ts'
import { notebookPart, ProgressRecorder } from './progress_recorder.ts'
import { runCells, type RunLimits } from './run_cells.ts'
import { beginExecution, type ServerRun, type UsedByRun } from './server_run.ts'
import { prepareConnection } from './start_kernel.ts'

/** When the time limit is up of a run that goes on; null where it has none, or is only to be ended. */
export function deadlineOf(checkpoint: RunCheckpoint | null): Date | null {
  const progress = checkpoint?.previous?.progress ?? null
  if (progress === null || progress.end !== null || checkpoint?.cancels) return null
  return progress.deadlineAt === null ? null : new Date(progress.deadlineAt)
}

interface EarlierStart extends Pick<ServerRun, 'request' | 'server' | 'emit'> {
  readonly checkpoint: RunCheckpoint
}

/**
 * Deletes what an earlier process has started that has sent no cell; until then, the run is left to
 * another attempt when this one fails. Throws CANCELLED where asked to.
 */
export async function endEarlierStart(
  { request, server, checkpoint, emit }: EarlierStart,
  signal: AbortSignal,
): Promise<void> {
  const { previous, cancels } = checkpoint
  if (previous === null) return
  checkpoint.isLeft = true
  await awaitServer({ limits: request, server, emit }, signal)
  const own = request.kernelId === null ? [new RunIds(request.runId).kernel] : []
  const ids = new Set([...own, ...previous.kernels])
  await Promise.all([...ids].map((id) => server.kernels.delete(id, signal)))
  checkpoint.isLeft = false
  if (cancels) throw cancelled(request)
}

/**
 * Goes on with a run whose cells another process has begun to send; throws why it cannot, or a cell
 * failed. As long as it is not known what has become of the kernel, the run is left to another attempt.
 */
export async function resumeRun(run: ServerRun, used: UsedByRun, limits: RunLimits): Promise<void> {
  const { request, server, report, emit } = run
  const { checkpoint, previous, progress } = progressOf(run)
  const { end, cell } = progress
  checkpoint.isLeft = true
  server.kernels.isGatewayMode = progress.isGatewayMode
  const keep = request.keepKernel || request.kernelId !== null
  const own = { ids: new RunIds(request.runId), keep }
  const kernel = Kernel.ofEarlierProcess(server.kernels, progress.kernel, own)
  used.kernel = kernel
  const restored = await restoreIfNeeded(run, checkpoint, progress)
  const mayRunCell = keep && end === null
  const isOver = end !== null || checkpoint.cancels
  await decided(checkpoint, limits, async () => {
    await awaitServer({ limits: request, server, emit }, limits.start)
    if (!isOver) await kernel.reconnect(limits.start)
  }).catch(async (error: unknown) => {
    if (mayRunCell && !checkpoint.isLeft) await interruptCell(kernel)
    throw error
  })
  endSpares(run, previous, progress)
  const { deadlineAt } = limits
  const recorder =
    restored && new ProgressRecorder({ ...run, ...restored, checkpoint, kernel, deadlineAt }, cell)
  used.recorder = recorder
  if (isOver || restored === null) {
    if (mayRunCell) await interruptCell(kernel)
    if (end === null || restored === null) throw cancelled(request)
    return report.restoreEnd(end)
  }
  const { executed, plan } = restored
  prepareConnection(kernel, run)
  limits.started()
  const { id, name } = kernel
  emit({ type: 'kernel_started', kernel: { id, name }, cellsToRun: plan.cells.length })
  await runCells({ kernel, executed, plan, report, emit, recorder, from: cell }, limits.run)
}

const readMs = 30_000

/** Interrupts a cell of a run that is over, in a kernel that is kept. Never throws. */
async function interruptCell(kernel: Kernel): Promise<void> {
  await kernel.interrupt(AbortSignal.timeout(interruptMs)).catch(noop)
}

const interruptMs = 5_000

function progressOf({ checkpoint }: ServerRun) {
  const previous = checkpoint?.previous ?? null
  const progress = previous?.progress ?? null
  if (checkpoint !== null && previous !== null && progress !== null) {
    return { checkpoint, previous, progress }
  }
  throw new RunError('INTERNAL', 'Cannot resume the run: nothing is known of it')
}

/** Ends the run whatever the server says; after others, the next attempt may find the kernel. */
const finalCodes: readonly ErrorCode[] = ['KERNEL_GONE', 'RUN_TIMED_OUT', 'CANCELLED']

/** Until `work` has come to its end, the run is left to another attempt when this one fails. */
async function decided(
  checkpoint: RunCheckpoint,
  { run }: RunLimits,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
    run.throwIfAborted()
    checkpoint.isLeft = false
  } catch (error) {
    const reason = asRunError(run.aborted ? run.reason : error)
    checkpoint.isLeft = !finalCodes.includes(reason.code)
    throw reason
  }
}

interface Restored {
  readonly notebook: Notebook
  readonly executed: ExecutedNotebook
  readonly plan: Plan
}

/** null for a run that is only to be ended, of which nothing can be read; a warning says so. */
async function restoreIfNeeded(
  run: ServerRun,
  checkpoint: RunCheckpoint,
  progress: Progress,
): Promise<Restored | null> {
  try {
    return restore(run, progress, await checkpoint.readParts(AbortSignal.timeout(readMs)))
  } catch (error) {
    if (!checkpoint.cancels) throw error
    const { message } = asRunError(error)
    run.emit({ type: 'warning', message: `${message}; the notebook is not saved` })
    return null
  }
}

function restore(
  run: ServerRun,
  progress: Progress,
  parts: ReadonlyMap<string, unknown>,
): Restored {
  const { request, report } = run
  const notebook = readNotebook(parts.get(notebookPart), request.notebook.describe())
  report.sources = sourcesOf(notebook, request)
  const plan = planOf(notebook, request)
  const { cell, end } = progress
  const done = end === null ? (cell?.position ?? 1) - 1 : progress.report.executed
  report.restore(
    progress.report,
    plan.cells.slice(0, done).map(({ ref }) => ref),
  )
  const executed = beginExecution(notebook, run)
  executed.restore(progress.notebook, partsOf(parts))
  return { notebook, executed, plan }
}

/** The sources as they were read: all but that of the cell that the run has injected. */
function sourcesOf(notebook: Notebook, { parameters }: RunRequest): ReadonlySet<string> {
  const injected = parameters.size === 0 ? null : taggedCell(notebook, injectedTag)
  const own = notebook.cells.filter((cell) => cell !== injected)
  return new Set(own.map(({ source }) => source))
}

/** The parts as `ProgressRecorder` has written them. */
function partsOf(parts: ReadonlyMap<string, unknown>): SnapshotParts {
  const widgets = parts.get(widgetsPart)
  return {
    cell: (place) => {
      const cell = parts.get(cellPart(place))
      return isCell(cell) ? cell : null
    },
    widgets: isWidgets(widgets) ? widgets : null,
  }
}

function isCell(part: unknown): part is CellSnapshot {
  return textOf(part, 'request') !== null
}

function isWidgets(part: unknown): part is WidgetsSnapshot {
  return Array.isArray(field(part, 'models'))
}

/** Deletes the kernels that were started beside the one that is used. Does not wait. */
function endSpares({ server }: ServerRun, { kernels }: Checkpoint, { kernel }: Progress): void {
  const spares = kernels.filter((id) => id !== kernel.id)
  for (const id of spares) void server.kernels.delete(id, AbortSignal.timeout(spareMs)).catch(noop)
}

const spareMs = 15_000

function cancelled({ runId }: RunRequest): RunError {
  return new RunError('CANCELLED', `Cannot go on: the run ${runId} was cancelled`)
}
