import { posix } from 'node:path'
import { RunError, asRunError, errorCodes } from '../errors.ts'
import type { RunFinished, RunReport } from '../events.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { deadline } from '../lifetime.ts'
import type { Redactor } from '../report/redact.ts'
import { httpSeconds } from '../request/options.ts'
import { notebookDocument } from '../save/document.ts'
import { renderPage } from '../save/html.ts'
import { problemOf, problemReply } from './problem.ts'
import { jsonReply, type Reply } from './reply.ts'
import { pagePolicy, resultReply } from './result_reply.ts'
import { chooseForm, resultTypes, type Wanted } from './wanted.ts'

const mostRenderMs = 60_000
const leastRenderMs = 5_000
/** Of the 30 s that a run leaves, ours. */
const spareMs = 15_000

/** What is left of a run, with no secret in it. */
export interface Ended {
  readonly report: RunReport
  readonly notebook: RunFinished['notebook']
  /** For what is said of the run later. */
  readonly redactor: Redactor
  /** The server that it ran on; throws when the run was refused. */
  readonly openServer: () => JupyterServer
}

/** The answer to a run that has ended, in the form that the client likes best. */
export async function endedReply(
  ended: Ended,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Reply> {
  const { report } = ended
  return report.error === undefined
    ? await succeededReply(ended, wanted, signal)
    : await failedReply(ended, { wanted, error: report.error }, signal)
}

async function succeededReply(ended: Ended, wanted: Wanted, signal: AbortSignal): Promise<Reply> {
  const { report, notebook } = ended
  const form = chooseForm(wanted, report.result)
  if (form === null) return problemReply(problemOf(notAcceptable(report), report))
  switch (form.type) {
    case 'report':
      return jsonReply(report)
    case 'notebook':
      return notebookReply(notebook ?? {}, 200)
    case 'page': {
      const { html, problem } = await renderedPage(ended, signal)
      return html === null ? problemReply(problemOf(problem, report)) : pageReply(html, 200)
    }
    case 'result':
      return resultReply(form.mediaType, report.result?.data[form.mediaType])
    default:
      return form satisfies never
  }
}

/** A notebook that broke off is worth seeing as far as it came, with the status that says so. */
async function failedReply(
  ended: Ended,
  { wanted, error }: { readonly wanted: Wanted; readonly error: NonNullable<RunReport['error']> },
  signal: AbortSignal,
): Promise<Reply> {
  const { report, notebook } = ended
  const form = wanted.resultOnly ? null : chooseForm(wanted, null)
  const status = errorCodes[error.code].httpStatus
  if (notebook !== null && report.cells.executed > 0) {
    if (form?.type === 'notebook') return notebookReply(notebook, status)
    if (form?.type === 'page') {
      const { html } = await renderedPage(ended, signal)
      if (html !== null) return pageReply(html, status)
    }
  }
  return problemReply(problemOf(error, report))
}

export type RenderedPage =
  | { readonly html: string; readonly problem: null }
  | { readonly html: null; readonly problem: RunError }

/** The executed notebook as the server's nbconvert shows it; never throws. */
export async function renderedPage(ended: Ended, signal: AbortSignal): Promise<RenderedPage> {
  const leftMs = httpSeconds * 1000 + spareMs - ended.report.durationMs
  const limitMs = Math.max(leastRenderMs, Math.min(mostRenderMs, leftMs))
  const late = () => notRendered(`nbconvert did not answer within ${limitMs / 1000} s`)
  using limit = deadline(limitMs, late, signal)
  try {
    return { html: await render(ended, limit.signal), problem: null }
  } catch (error) {
    const { code, message } = asRunError(error)
    return { html: null, problem: new RunError(code, ended.redactor.text(message)) }
  }
}

async function render(ended: Ended, signal: AbortSignal): Promise<string> {
  const { report, notebook, openServer } = ended
  if (notebook === null) throw notRendered('there is none')
  const name = posix.basename(report.notebook ?? '')
  const { page, reason } = await renderPage({ name, content: notebook }, openServer(), signal)
  if (page === null) throw new RunError('OUTPUT_NOT_SAVED', reason)
  return Buffer.from(page.bytes).toString()
}

function notRendered(reason: string): RunError {
  return new RunError('OUTPUT_NOT_SAVED', `Cannot render the notebook as a page: ${reason}`)
}

function pageReply(html: string, status: number): Reply {
  return {
    status,
    headers: { ...pagePolicy, 'Content-Type': 'text/html; charset=utf-8' },
    body: html,
  }
}

function notebookReply(notebook: object, status: number): Reply {
  const { bytes, mediaType } = notebookDocument(notebook)
  return { status, headers: { 'Content-Type': mediaType }, body: Buffer.from(bytes) }
}

function notAcceptable({ result }: RunReport): RunError {
  const types = resultTypes(result)
  const reason =
    types.length === 0 ? 'the notebook has no result' : `the result has only ${types.join(', ')}`
  return new RunError('NOT_ACCEPTABLE', `Cannot answer in a type that "Accept" names: ${reason}`)
}
