import { asRunError, RunError } from '../errors.ts'
import type { RunFinished, RunReport } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { notebookName } from '../util/notebook_name.ts'
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
}

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

/** The executed notebook as a page; never throws. */
export async function renderedPage(run: FinishedRun): Promise<RenderedPage> {
  try {
    return { html: await render(run), problem: null }
  } catch (error) {
    const { code, message } = asRunError(error)
    const problem = new RunError(code, run.redactor.text(message), { cause: error })
    return { html: null, problem }
  }
}

async function render({ report, notebook, redactor, hidesInput }: FinishedRun): Promise<string> {
  if (notebook === null) {
    throw new RunError('OUTPUT_NOT_SAVED', 'Cannot render the notebook as a page: there is none')
  }
  const { notebookPage } = await import('../rendering/notebook_page.ts')
  const name = notebookName(report.notebook ?? '')
  const options = { name, hidesInput, maskPage: redactor.names.text }
  return (await notebookPage(notebook, options)).html
}
