import pRetry from 'p-retry'
import { RunError, asRunError } from './errors.ts'
import type { CellRef, RunEvent } from './events.ts'
import { resultOf } from './execution/cell_outputs.ts'
import { executeCell, type CellEnd, type Execution } from './execution/execute_cell.ts'
import { recoverResult } from './execution/recover_result.ts'
import { tokenCredentials } from './jupyter/credentials.ts'
import { Kernel } from './jupyter/kernel.ts'
import { chooseKernel } from './jupyter/kernelspecs.ts'
import { codeCellsOf, type Cell, type Notebook } from './jupyter/notebook.ts'
import { JupyterServer } from './jupyter/server.ts'
import { deadline, told } from './lifetime.ts'
import type { RunRequest } from './request/run_request.ts'
import { RunDraft } from './run_draft.ts'

type Events<Result = void> = AsyncGenerator<RunEvent, Result, void>

/** What the steps of one run share. */
interface Run {
  readonly request: RunRequest
  readonly server: JupyterServer
  readonly draft: RunDraft
}

const deletionBudgetMs = 15_000
const hurriedDeletionBudgetMs = 6_000 // whoever stops a run does not wait long, a platform 10 s

/**
 * Runs a notebook: the server awake, a kernel started, every code cell executed, the kernel
 * deleted. Whatever happens, it does not throw, and its last event carries the report.
 */
export async function* runNotebook(
  request: RunRequest,
  identity: { readonly runId: string; readonly messageId: string | null },
  signal: AbortSignal,
): Events {
  const server = new JupyterServer(request.server, tokenCredentials(request.token))
  const { notebook } = request
  const draft = new RunDraft({ ...identity, server: server.url.href, notebook })
  for await (const event of attempt({ request, server, draft }, signal)) {
    draft.observe(event)
    yield event
  }
  yield draft.finish()
}

async function* attempt(run: Run, signal: AbortSignal): Events {
  const { request, server, draft } = run
  using limit = deadline(request.runTimeoutMs, () => runTimedOut(request))
  const either = AbortSignal.any([signal, limit.signal])
  const startBy = performance.now() + request.startTimeoutMs
  try {
    yield { type: 'run_started', server: server.url.href, notebook: request.notebook }
    for (const message of request.warnings) yield { type: 'warning', message }
    const notebook = yield* findNotebook(run, either)
    const cells = codeCellsOf(notebook)
    draft.expectCells(cells.length)
    using start = deadline(startBy - performance.now(), () => kernelNotStarted(request))
    const starting = AbortSignal.any([either, start.signal])
    const kernel = yield* obtainKernel(run, notebook, starting)
    try {
      await kernel.make(request.notebook.slice(1), starting)
      await kernel.connect(starting)
      start[Symbol.dispose]()
      const { id, name } = kernel
      yield { type: 'kernel_started', kernel: { id, name }, cellsToRun: cells.length }
      yield* runCells(run, { kernel, cells }, either)
    } catch (error) {
      draft.fail(asRunError(error))
    } finally {
      await kernel.end(signal.aborted ? hurriedDeletionBudgetMs : deletionBudgetMs)
      if (kernel.isReal) draft.kernelEnded(kernel, kernel.deleted)
    }
    if (kernel.trouble !== null) yield { type: 'warning', message: kernel.trouble.message }
  } catch (error) {
    draft.fail(asRunError(error))
  }
}

/** Waits for the server, then reads the notebook. */
async function* findNotebook({ request, server }: Run, signal: AbortSignal): Events<Notebook> {
  const { startTimeoutMs } = request
  using limit = deadline(startTimeoutMs, () => notAwake(server.url, request))
  const waking = AbortSignal.any([signal, limit.signal])
  let last: RunError | null = null
  try {
    yield* told((tell: (event: RunEvent) => void, either) => {
      const probe = () => server.probe(either)
      return pRetry(probe, {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 250,
        maxTimeout: 4_000,
        randomize: true,
        signal: either,
        shouldRetry: ({ error }) => asRunError(error).code === 'SERVER_UNREACHABLE',
        onFailedAttempt: ({ error, attemptNumber }) => {
          if (either.aborted) return // that is why it failed, and it says nothing of the server
          last = asRunError(error)
          tell({ type: 'server_waiting', attempt: attemptNumber, reason: last.message })
        },
      })
    }, waking)
    return await server.notebook(request.notebook, waking)
  } catch (error) {
    const isLate = limit.signal.aborted && !signal.aborted
    throw isLate && last !== null ? triedLong(last, startTimeoutMs) : error
  }
}

async function* obtainKernel(run: Run, notebook: Notebook, signal: AbortSignal): Events<Kernel> {
  const { request, server } = run
  if (request.kernelId !== null) return await Kernel.find(server, request.kernelId, signal)
  const specs = await server.kernelspecs(signal)
  const { name, warning } = chooseKernel({ asked: request.kernelName, notebook }, specs)
  if (warning !== null) yield { type: 'warning', message: warning }
  yield { type: 'kernel_starting', name }
  return Kernel.planned(server, { name, keep: request.keepKernel })
}

async function* runCells(
  { request, draft }: Run,
  { kernel, cells }: { readonly kernel: Kernel; readonly cells: readonly Cell[] },
  signal: AbortSignal,
): Events {
  const { allowErrors, cellTimeoutMs } = request
  const owners = new Map<string, CellRef>()
  const execution: Execution = { kernel, stopOnError: !allowErrors, cellTimeoutMs, owners }
  let end: CellEnd | null = null
  for (const [place, { index, id, source }] of cells.entries()) {
    signal.throwIfAborted()
    end = yield* runCell(execution, { cell: { index, id, source }, position: place + 1 }, signal)
    if (end.failure !== null && !allowErrors) throw end.failure
    if (end.exits) break
  }
  if (end === null) return
  draft.result = resultOf(end.outputs.all, end.reply)
  const hasValue = end.outputs.all.some((output) => output.output_type === 'execute_result')
  if (draft.outputComplete || hasValue || end.failure !== null || end.exits) return
  const recovered = await recoverResult(kernel, end.reply?.executionCount ?? null, signal)
  if (recovered !== null) draft.result = recovered
}

async function* runCell(
  execution: Execution,
  { cell, position }: { readonly cell: CellRef; readonly position: number },
  signal: AbortSignal,
): Events<CellEnd> {
  const startedTick = performance.now()
  const finished = (status: 'ok' | 'error'): RunEvent => {
    const durationMs = Math.round(performance.now() - startedTick)
    return { type: 'cell_finished', cell, position, status, durationMs }
  }
  yield { type: 'cell_started', cell, position }
  try {
    const end = yield* executeCell(execution, cell, signal)
    yield finished(end.failure === null ? 'ok' : 'error')
    return end
  } catch (error) {
    yield finished('error')
    throw error
  }
}

function runTimedOut({ runTimeoutMs }: RunRequest): RunError {
  const seconds = (runTimeoutMs ?? 0) / 1000
  return new RunError('RUN_TIMED_OUT', `Cannot finish within ${seconds} s (--timeout)`)
}

function notAwake({ host, protocol }: URL, { startTimeoutMs }: RunRequest): RunError {
  const seconds = startTimeoutMs / 1000
  const hint = protocol === 'https:' ? '; if it speaks plain http, leave out --use-https' : ''
  return new RunError(
    'SERVER_UNREACHABLE',
    `Cannot call ${host}: it did not answer within ${seconds} s (--start-timeout)${hint}`,
  )
}

function triedLong(last: RunError, startTimeoutMs: number): RunError {
  const tried = `tried for ${startTimeoutMs / 1000} s (--start-timeout)`
  return new RunError(last.code, `${last.message}; ${tried}`, { cause: last })
}

function kernelNotStarted({ startTimeoutMs }: RunRequest): RunError {
  const seconds = startTimeoutMs / 1000
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel: it did not answer within ${seconds} s of the run (--start-timeout)`,
  )
}
