import { isDeepStrictEqual } from 'node:util'
import type { CellProgress } from '../checkpoint/checkpoint.ts'
import { asRunError, leavesRun, RunError } from '../errors.ts'
import type { Emit, RunEvent } from '../events.ts'
import {
  type CellEnd,
  executeCell,
  type Execution,
  resumeCell,
} from '../execution/cell_execution.ts'
import type { ExecutedNotebook } from '../execution/executed_notebook.ts'
import type { Plan, PlannedCell } from '../execution/plan.ts'
import { awaitLateResult, lastOutput, recoverResult, resultOf } from '../execution/result.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { RunRequest } from '../request/run_request.ts'
import { deadline, type Deadline } from '../util/abort.ts'
import { cellTitle } from '../util/cell_name.ts'
import type { ProgressRecorder } from './progress_recorder.ts'
import type { ReportBuilder } from './report.ts'

export interface CellsRun {
  readonly kernel: Kernel
  readonly executed: ExecutedNotebook
  readonly plan: Plan
  readonly report: ReportBuilder
  readonly emit: Emit
  /** Writes down how far the run is; null where no other process could go on with it. */
  readonly recorder?: ProgressRecorder | null
  /** The cell that an earlier process sent last, or was about to send; the ones before it have ended. */
  readonly from?: CellProgress | null
}

/** Runs the cells one by one; the last one's result goes into the report. Throws why one failed. */
export async function runCells(
  { kernel, executed, plan, report, emit, recorder = null, from = null }: CellsRun,
  signal: AbortSignal,
): Promise<void> {
  const { cells, allowErrors } = plan
  const execution: Execution = { kernel, executed, allowErrors, emit }
  let end: CellEnd | null = null
  for (const cell of cells.slice((from?.position ?? 1) - 1)) {
    signal.throwIfAborted()
    kernel.betweenCells()
    const progress = cell.position === from?.position ? from : null
    end = await runCell(execution, cell, { recorder, progress }, signal)
    if (end.failure !== null && !allowErrors) {
      await lastOutput(execution, end, signal)
      throw end.failure
    }
    if (!end.exits) continue
    exitWarnings(end, { kernel, cellsLeft: cells.length - cell.position }).forEach(emit)
    break
  }
  if (!end?.exits) executed.passRest()
  if (end === null) return
  await collectResult(execution, { end, report }, signal)
  if (report.result !== null) emit({ type: 'result', result: report.result })
}

interface CellProgressOptions {
  readonly recorder: ProgressRecorder | null
  /** null for a cell that no earlier process may have sent. */
  readonly progress: CellProgress | null
}

async function runCell(
  execution: Execution,
  cell: PlannedCell,
  { recorder, progress }: CellProgressOptions,
  signal: AbortSignal,
): Promise<CellEnd> {
  const { emit } = execution
  const { position } = cell
  const startedTick = performance.now()
  const elapsedMs = progress === null ? 0 : Math.max(0, Date.now() - Date.parse(progress.sentAt))
  const finished = (status: 'ok' | 'error') => {
    const durationMs = Math.round(elapsedMs + performance.now() - startedTick)
    emit({ type: 'cell_finished', cell: cell.ref, position, status, durationMs })
  }
  if (progress === null) await recorder?.beforeCell(cell, signal)
  emit({ type: 'cell_started', cell: cell.ref, position })
  try {
    const end =
      progress === null
        ? await executeCell(execution, cell, signal)
        : await resumeOrExecute(execution, cell, { recorder, progress, elapsedMs }, signal)
    finished(end.failure === null ? 'ok' : 'error')
    return end
  } catch (error) {
    if (!leavesRun(asRunError(error))) finished('error')
    throw error
  }
}

interface ResumedProgress extends CellProgressOptions {
  readonly progress: CellProgress
  readonly elapsedMs: number
}

/** Goes on with a cell that an earlier process may have sent; sends it where the kernel has not got it. */
async function resumeOrExecute(
  execution: Execution,
  cell: PlannedCell,
  { recorder, progress, elapsedMs }: ResumedProgress,
  signal: AbortSignal,
): Promise<CellEnd> {
  const { attempt, countBefore } = progress
  const request = execution.kernel.setAttempts(cell.position, attempt)
  const sent = { request, countBefore, elapsedMs }
  const end = await resumeCell(execution, { cell, sent }, signal)
  if (end !== null) return end
  await recorder?.beforeCell(cell, signal)
  return await executeCell(execution, cell, signal)
}

/** Waits for all that belongs to the last cell, and puts its result into the report. */
async function collectResult(
  execution: Execution,
  { end, report }: { readonly end: CellEnd; readonly report: ReportBuilder },
  signal: AbortSignal,
): Promise<void> {
  const { kernel, executed, emit } = execution
  await lastOutput(execution, end, signal)
  await awaitLateResult(execution, end, signal)
  executed.outputs.losses.takeWarnings().forEach(emit)
  const { cell, outputs, reply, executionCount } = end
  report.result = resultOf(outputs.all, { page: reply?.page ?? null, executionCount })
  const hasLostOutput = executed.outputs.losses.has(cell.index)
  if (report.outputComplete || !mayHaveLostValue(end, hasLostOutput)) return
  const recovered = await recoverResult(kernel, reply?.executionCount ?? null, signal)
  if (recovered === null || isDeepStrictEqual(recovered.data, report.result?.data)) return
  report.result = recovered
  outputs.add({ output_type: 'execute_result', ...recovered })
}

/** A cell may show several values, so that the last one can be lost though there is another. */
function mayHaveLostValue({ outputs, failure, exits }: CellEnd, hasLostOutput: boolean): boolean {
  return (hasLostOutput || !outputs.hasValue) && failure === null && !exits
}

interface EarlyEnd {
  readonly kernel: Pick<Kernel, 'implementation' | 'name'>
  /** How many cells do not run because of it. */
  readonly cellsLeft: number
}

/**
 * Warns when a notebook ended itself before its last cell and it cannot be known whether it
 * failed: IPython says what `exit()` was called with, but IRkernel hands on no status of `quit()`.
 */
export function exitWarnings(
  { cell, reply }: CellEnd,
  { kernel, cellsLeft }: EarlyEnd,
): readonly RunEvent[] {
  const isKnown = kernel.implementation === 'ipython' || reply?.status !== 'ok'
  if (isKnown || cellsLeft === 0) return []
  const rest = cellsLeft === 1 ? '1 cell' : `${cellsLeft} cells`
  const message =
    `${cellTitle(cell.index)} ended the notebook before ${rest}, and the kernel "${kernel.name}" does ` +
    'not say with which status; to have the run fail, raise an error instead'
  return [{ type: 'warning', message }]
}

type TimeLimits = Pick<RunRequest, 'runTimeoutMs' | 'givenTimeoutMs' | 'startTimeoutMs'>

/** The time limits of one run: of the whole, and of its start, until the kernel answers. */
export class RunLimits implements Disposable {
  /** Aborts with RUN_TIMED_OUT, or when the run is stopped. */
  readonly run: AbortSignal
  /** When the time of the whole is up, as it was given, also for a later process; null for never. */
  readonly deadlineAt: Date | null
  /** For what has to be done before the first cell; aborts with KERNEL_START_FAILED, or as `run` does. */
  readonly start: AbortSignal
  readonly #whole: Deadline
  readonly #start: Deadline
  readonly #over = new AbortController()

  /** `deadlineAt`: when the time of a run is up that an earlier process has begun. */
  constructor(request: TimeLimits, signal: AbortSignal, deadlineAt: Date | null = null) {
    const { runTimeoutMs, givenTimeoutMs } = request
    const now = Date.now()
    const leftMs = deadlineAt === null ? givenTimeoutMs : Math.max(1, deadlineAt.getTime() - now)
    this.deadlineAt = leftMs === null ? null : new Date(now + leftMs)
    const wholeMs = Math.min(runTimeoutMs ?? Infinity, leftMs ?? Infinity)
    const limitMs = wholeMs === Infinity ? null : wholeMs
    this.#whole = deadline(limitMs, () => runTimedOut(request), signal)
    this.#start = deadline(request.startTimeoutMs, () => kernelNotStarted(request))
    this.run = this.#whole.signal
    this.start = AbortSignal.any([this.run, this.#start.signal, this.#over.signal])
  }

  /** The kernel has answered. */
  started(): void {
    this.#start[Symbol.dispose]()
  }

  /** Stops what was begun for the start and is not needed any more. */
  [Symbol.dispose](): void {
    this.#whole[Symbol.dispose]()
    this.#start[Symbol.dispose]()
    this.#over.abort(new RunError('CANCELLED', 'Cannot go on: the run is over'))
  }
}

function runTimedOut({ runTimeoutMs }: TimeLimits): RunError {
  const seconds = (runTimeoutMs ?? 0) / 1000
  return new RunError('RUN_TIMED_OUT', `Cannot finish within ${seconds} s (--timeout)`, {
    advice: 'raise that limit, or make the notebook faster',
  })
}

function kernelNotStarted({ startTimeoutMs }: TimeLimits): RunError {
  const seconds = startTimeoutMs / 1000
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel: it did not answer within ${seconds} s of the run (--start-timeout)`,
    { advice: "raise that limit, or look into the server's log" },
  )
}
