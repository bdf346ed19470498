import { posix } from 'node:path'
import { asRunError, RunError } from '../errors.ts'
import type { RunFinished, RunReport } from '../events.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { httpSeconds } from '../request/options.ts'
import { renderPage } from '../storage/html.ts'
import { deadline } from '../util/abort.ts'
import { type Budget, waitForRoom } from './budget.ts'
import { approximateBytes } from './paced_body.ts'

/** A run that has ended, without secrets. */
export interface FinishedRun {
  readonly report: RunReport
  readonly notebook: RunFinished['notebook']
  /** Whether its page leaves out the code. */
  readonly hidesInput: boolean
  /** For texts about the run that are made later. */
  readonly redactor: Redactor
  /** Connects to the server of the run; throws when the run was refused. */
  readonly openServer: () => JupyterServer
}

const maxRenderMs = 60_000
const minRenderMs = 5_000
/** Time for rendering, of the 30 s that a run leaves. */
const spareMs = 15_000

const maxWaitMs = 120_000
/** Size of a page without a notebook. */
const pageBytes = 2 ** 20

/**
 * Waits until the budget has enough memory to render a run's notebook. A stopped run does not wait.
 * Throws BUSY when other requests hold the memory for too long.
 */
export async function reserveRenderMemory(
  { notebook }: FinishedRun,
  budget: Budget,
  signal: AbortSignal,
): Promise<Disposable> {
  const bytes = 2 * approximateBytes(notebook) + pageBytes
  try {
    return await waitForRoom(bytes, { budget, maxMs: maxWaitMs }, signal)
  } catch (error) {
    if (signal.aborted) return budget.hold(bytes)
    throw error
  }
}

export type RenderedPage =
  | { readonly html: string; readonly problem: null }
  | { readonly html: null; readonly problem: RunError }

/** The executed notebook as rendered by the server's nbconvert; never throws. */
export async function renderedPage(run: FinishedRun, signal: AbortSignal): Promise<RenderedPage> {
  const leftMs = httpSeconds * 1000 + spareMs - run.report.durationMs
  const limitMs = Math.max(minRenderMs, Math.min(maxRenderMs, leftMs))
  const late = () => notRendered(`nbconvert did not answer within ${limitMs / 1000} s`)
  using limit = deadline(limitMs, late, signal)
  try {
    return { html: await render(run, limit.signal), problem: null }
  } catch (error) {
    const { code, message } = asRunError(error)
    return { html: null, problem: new RunError(code, run.redactor.text(message)) }
  }
}

async function render(run: FinishedRun, signal: AbortSignal): Promise<string> {
  const { report, notebook, redactor, hidesInput, openServer } = run
  if (notebook === null) throw notRendered('there is none')
  const name = posix.basename(report.notebook ?? '').replace(/#\d+$/, '')
  const tools = { server: openServer(), maskPage: redactor.names.text, hidesInput }
  const { page, reason } = await renderPage({ name, content: notebook }, tools, signal)
  if (page === null) throw new RunError('OUTPUT_NOT_SAVED', reason)
  const { model } = page
  return model.type === 'file' ? model.content : Buffer.from(page.bytes).toString()
}

function notRendered(reason: string): RunError {
  return new RunError('OUTPUT_NOT_SAVED', `Cannot render the notebook as a page: ${reason}`)
}
