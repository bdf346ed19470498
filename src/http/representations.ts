import { posix } from 'node:path'
import { asRunError, errorCodes, RunError } from '../errors.ts'
import type { RunFinished, RunReport } from '../events.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { httpSeconds } from '../request/options.ts'
import { renderPage } from '../storage/html.ts'
import { notebookDocument } from '../storage/serialise.ts'
import { deadline } from '../util/abort.ts'
import { jsonText } from '../util/json.ts'
import { safeJson } from '../util/safe_text.ts'
import type { Budget } from './budget.ts'
import { chooseRepresentation, resultTypes, type Negotiation } from './negotiation.ts'
import { approximateBytes } from './pieces.ts'
import { problemOf, problemReply } from './problem.ts'
import { jsonReply, type Reply } from './reply.ts'
import { waitForRoom } from './room.ts'

const maxRenderMs = 60_000
const minRenderMs = 5_000
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

interface ReplyOptions {
  readonly wanted: Negotiation
  /** In which a rendered notebook counts. */
  readonly budget: Budget
}

/** The answer to a run that has ended, in the form that the client likes best. */
export async function endedReply(
  ended: Ended,
  options: ReplyOptions,
  signal: AbortSignal,
): Promise<Reply> {
  const { report } = ended
  return report.error === undefined
    ? await succeededReply(ended, options, signal)
    : await failedReply(ended, { ...options, error: report.error }, signal)
}

async function succeededReply(
  ended: Ended,
  { wanted, budget }: ReplyOptions,
  signal: AbortSignal,
): Promise<Reply> {
  const { report } = ended
  const form = chooseRepresentation(wanted, report.result)
  if (form === null) return problemReply(problemOf(notAcceptable(report), report))
  switch (form.type) {
    case 'report':
      return jsonReply(report)
    case 'notebook':
    case 'page': {
      const { reply, problem } = await executedReply(ended, { type: form.type, budget }, signal)
      return reply ?? problemReply(problemOf(problem, report))
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
  { wanted, budget, error }: ReplyOptions & { readonly error: NonNullable<RunReport['error']> },
  signal: AbortSignal,
): Promise<Reply> {
  const { report, notebook } = ended
  const form = wanted.resultOnly ? null : chooseRepresentation(wanted, null)
  const hasRun = notebook !== null && report.cells.executed > 0
  if (hasRun && (form?.type === 'notebook' || form?.type === 'page')) {
    const { reply } = await executedReply(ended, { type: form.type, budget }, signal)
    if (reply !== null) return { ...reply, status: errorCodes[error.code].httpStatus }
  }
  return problemReply(problemOf(error, report))
}

type ExecutedReply =
  | { readonly reply: Reply; readonly problem: null }
  | { readonly reply: null; readonly problem: RunError }

/** The executed notebook, or the page of it, made when there is room for it. */
async function executedReply(
  ended: Ended,
  { type, budget }: { readonly type: 'notebook' | 'page'; readonly budget: Budget },
  signal: AbortSignal,
): Promise<ExecutedReply> {
  let room: Disposable
  try {
    room = await roomFor(ended, budget, signal)
  } catch (error) {
    return { reply: null, problem: asRunError(error) }
  }
  if (type === 'notebook') {
    return { reply: { ...notebookReply(ended.notebook ?? {}), reserved: room }, problem: null }
  }
  const { html, problem } = await renderedPage(ended, signal)
  if (html !== null) return { reply: { ...pageReply(html), reserved: room }, problem: null }
  room[Symbol.dispose]()
  return { reply: null, problem }
}

const maxWaitMs = 120_000
/** Of a page without a notebook. */
const pageBytes = 2 ** 20

/**
 * Waits until a run's notebook can be rendered without more in memory than the budget allows. A run
 * that is stopped does not wait. Throws BUSY when others hold the room for too long.
 */
export async function roomFor(
  { notebook }: Ended,
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

/** The executed notebook as the server's nbconvert shows it; never throws. */
export async function renderedPage(ended: Ended, signal: AbortSignal): Promise<RenderedPage> {
  const leftMs = httpSeconds * 1000 + spareMs - ended.report.durationMs
  const limitMs = Math.max(minRenderMs, Math.min(maxRenderMs, leftMs))
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
  const { report, notebook, redactor, openServer } = ended
  if (notebook === null) throw notRendered('there is none')
  const name = posix.basename(report.notebook ?? '')
  const tools = { server: openServer(), maskPage: redactor.names.text }
  const { page, reason } = await renderPage({ name, content: notebook }, tools, signal)
  if (page === null) throw new RunError('OUTPUT_NOT_SAVED', reason)
  const { model } = page
  return model.type === 'file' ? model.content : Buffer.from(page.bytes).toString()
}

function notRendered(reason: string): RunError {
  return new RunError('OUTPUT_NOT_SAVED', `Cannot render the notebook as a page: ${reason}`)
}

function pageReply(html: string): Reply {
  return {
    status: 200,
    headers: { ...pagePolicy, 'Content-Type': 'text/html; charset=utf-8' },
    body: html,
  }
}

function notebookReply(notebook: object): Reply {
  const { bytes, mediaType } = notebookDocument(notebook)
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) // no second copy
  return { status: 200, headers: { 'Content-Type': mediaType }, body }
}

function notAcceptable({ result }: RunReport): RunError {
  const types = resultTypes(result)
  const reason =
    types.length === 0 ? 'the notebook has no result' : `the result has only ${types.join(', ')}`
  return new RunError('NOT_ACCEPTABLE', `Cannot answer in a type that "Accept" names: ${reason}`)
}

/** Scripts of a notebook run where they can reach neither this origin nor its cookies. */
const pagePolicy = {
  'Content-Security-Policy':
    "sandbox allow-scripts allow-popups; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
}

/** An SVG image may hold script, and needs none to be seen. */
const dataPolicy = {
  'Content-Security-Policy':
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
}

/** Media that Jupyter's messages carry in base64. */
const binary = /^(?:image\/(?!svg\+xml)|audio\/|video\/|application\/(?:pdf|octet-stream)$)/

/** One representation of a result, as what it is. */
export function resultReply(mediaType: string, value: unknown): Reply {
  const policy = mediaType === 'text/html' ? pagePolicy : dataPolicy
  const isBinary = binary.test(mediaType) && typeof value === 'string'
  const charset = isBinary ? '' : '; charset=utf-8'
  return {
    status: 200,
    headers: { ...policy, 'Content-Type': `${mediaType}${charset}` },
    body: isBinary ? Buffer.from(value, 'base64') : textOf(mediaType, value),
  }
}

function textOf(mediaType: string, value: unknown): string {
  const isJson = /[/+]json$/.test(mediaType)
  return typeof value === 'string' && !isJson ? value : safeJson(jsonText(value))
}
