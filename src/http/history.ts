import { type Outcome, outcomes, RunError } from '../errors.ts'
import { History, type HistoryQuery } from '../history/history.ts'
import type { RecordedRun } from '../history/record.ts'
import { readHistoryStore } from '../history/settings.ts'
import { type Env, unusable, variableOf } from '../request/env.ts'
import { resultName } from '../request/json_request.ts'
import { noOptions } from '../request/run_options.ts'
import { openServer, readServerConfig } from '../request/server_config.ts'
import { notebookMediaType, readNotebookText } from '../storage/serialise.ts'
import { deadline } from '../util/abort.ts'
import { timeOfRunId } from '../util/run_id.ts'
import { quoteForError } from '../util/text.ts'
import type { AppContext, RequestContext } from './context.ts'
import type { HttpRequest } from './http_request.ts'
import { readReply, waitForReadTurn } from './notebooks.ts'
import type { Reply } from './reply.ts'
import { chooseRepresentation, notAcceptable, readNegotiation } from './representations.ts'

/** `GET /runs`: the runs of the history, the newest first. */
export async function handleRuns({ app, request, signal }: RequestContext): Promise<Reply> {
  const query = readQuery(request.query)
  const history = openHistory(app)
  using _ = await waitForReadTurn(app.reads, signal)
  using limit = deadline(maxReadMs, tooSlow, signal)
  const page = await history.list(query, limit.signal)
  return await readReply(app.redactor.names.value(page), app.responses, signal)
}

/**
 * `GET /runs/ID`: a run of the history with its report; its notebook, the page of that, or its
 * result, where `Accept` prefers them. A browser that opens this address gets the page of the service.
 */
export async function handleRecordedRun(context: RequestContext): Promise<Reply> {
  const { app, request, rest: runId, signal } = context
  if (isPageLink(request, app.env)) return pageOf(runId)
  const history = openHistory(app)
  using _ = await waitForReadTurn(app.reads, signal)
  using limit = deadline(maxReadMs, tooSlow, signal)
  const run = await history.find(runId, limit.signal)
  const report = run && (await history.report(runId, limit.signal))
  if (run === null || report === null) throw notRecorded(runId)
  const negotiation = readNegotiation(request.headers.accept, request.query.has(resultName))
  const chosen = chooseRepresentation(negotiation, report.result)
  if (chosen === null) throw notAcceptable(report)
  if (chosen.mediaType === 'application/json' && !negotiation.resultOnly) {
    return await readReply(app.redactor.names.value({ ...run, report }), app.responses, signal)
  }
  const text = chosen.showsFailedRuns ? await notebookText(history, run, limit.signal) : null
  if (text !== null && chosen.mediaType === notebookMediaType) return notebookReply(text)
  const finished = {
    report,
    notebook: text === null ? null : readNotebookText(text),
    hidesInput: false,
    redactor: app.redactor,
  }
  return await chosen.render(finished, { budget: app.responses }, signal)
}

const maxReadMs = 60_000

function tooSlow(): RunError {
  return new RunError(
    'HISTORY_UNAVAILABLE',
    `Cannot read the history within ${maxReadMs / 1000} s (NBTRIGGER_RUNS)`,
  )
}

/**
 * Whether a browser opens the address of a run in a tab, and the service has a page to show it. No
 * key can be sent then; the answer holds no data, and the page asks for the key.
 */
export function isPageLink({ method, path, headers }: HttpRequest, env: Env): boolean {
  const isOpened = method === 'GET' && headers['sec-fetch-dest'] === 'document'
  return isOpened && /^\/runs\/[^/]+$/.test(path) && variableOf(env, 'NBTRIGGER_HTTP_PAGE') === '1'
}

function pageOf(runId: string): Reply {
  if (timeOfRunId(runId) === null) throw notRecorded(runId)
  return { status: 303, headers: { Location: `../#runs/${runId}` }, body: '' }
}

/** Throws ROUTE_NOT_FOUND where no history is kept. */
function openHistory(app: AppContext): History {
  const store = readHistoryStore(app.env, { folder: app.folder, openServer: server(app) })
  if (store !== null) return new History(store)
  throw new RunError('ROUTE_NOT_FOUND', 'Cannot list runs: no history of them is kept', {
    advice: 'name a place for it in NBTRIGGER_RUNS',
  })
}

function server({ env, redactor }: AppContext) {
  return () => openServer(readServerConfig(noOptions, env, 'http'), redactor)
}

const defaultLimit = 50
const maxLimit = 200

function readQuery(query: URLSearchParams): HistoryQuery {
  const notebook = query.get('notebook')
  return {
    notebook: notebook === null ? null : `/${notebook.replace(/^\/+/, '')}`,
    outcome: readOutcome(query.get('outcome')),
    before: readBefore(query.get('before')),
    limit: readLimit(query.get('limit')),
  }
}

function readOutcome(text: string | null): Outcome | null {
  if (text === null) return null
  const outcome = outcomes.find((each) => each === text)
  if (outcome !== undefined) return outcome
  throw unusable({ value: text, source: '"outcome"' }, `it is none of ${outcomes.join(', ')}`)
}

function readBefore(text: string | null): string | null {
  if (text === null || timeOfRunId(text) !== null) return text
  throw unusable({ value: text, source: '"before"' }, 'it is not the id of a run')
}

function readLimit(text: string | null): number {
  if (text === null) return defaultLimit
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= maxLimit) return limit
  throw unusable(
    { value: text, source: '"limit"' },
    `it is not a whole number from 1 to ${maxLimit}`,
  )
}

function notRecorded(runId: string): RunError {
  return new RunError(
    'RUN_NOT_FOUND',
    `Cannot find the run ${quoteForError(runId)}: the history has no such run`,
    { advice: 'it may go on still, or be older than what the history keeps' },
  )
}

async function notebookText(
  history: History,
  { runId, hasNotebook }: RecordedRun,
  signal: AbortSignal,
): Promise<string> {
  const text = hasNotebook ? await history.notebookText(runId, signal) : null
  if (text !== null) return text
  throw new RunError(
    'RUN_NOT_FOUND',
    `Cannot find the notebook of the run ${quoteForError(runId)}: it ended before there was one`,
    { advice: 'ask for "application/json", the report' },
  )
}

/** As it was stored: parsing it would change numbers such as 1.0. */
function notebookReply(text: string): Reply {
  return { status: 200, headers: { 'Content-Type': notebookMediaType }, body: text }
}
