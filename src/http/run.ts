import { asRunError, attempt, RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { variableOf } from '../request/env.ts'
import { decodedPath, readPosted, readRun, resultName } from '../request/json_request.ts'
import type { RunOptions } from '../request/run_options.ts'
import { namedAddress } from '../request/source_policy.ts'
import { createRunRedactor, executeRun } from '../run/run.ts'
import { createRunLog } from '../run/run_log.ts'
import { notebookText } from '../storage/serialise.ts'
import { noop } from '../util/abort.ts'
import { createRunId } from '../util/run_id.ts'
import type { Budget } from './budget.ts'
import type { RequestContext } from './context.ts'
import { EventStream } from './event_stream.ts'
import { type FinishedRun, renderedPage, reserveRenderMemory } from './executed_page.ts'
import { type HttpRequest, readBody } from './http_request.ts'
import { breakOff } from './paced_body.ts'
import { problemOf, type Reply } from './reply.ts'
import {
  acceptsEvents,
  acceptsPage,
  checkAcceptable,
  type Negotiation,
  readNegotiation,
  runReply,
} from './representations.ts'

/** `POST /`: runs the notebook that the body specifies. */
export async function handlePostedRun(context: RequestContext): Promise<Reply> {
  const body = await readBody(context.request)
  context.resources.use(context.app.slots.take())
  const options = attempt(() => readPosted(body))
  return await answerRun(context, options)
}

/** `/run/PATH.ipynb`: runs the notebook at this path on the server set in the environment. */
export async function handlePathRun(context: RequestContext): Promise<Reply> {
  const { request, rest: path } = context
  if (isReconnect(request)) return { status: 204, headers: {}, body: '' }
  const { query } = request
  const body = await readBody(request)
  context.resources.use(context.app.slots.take())
  const options = attempt(() => {
    const notebook = namedAddress(decodedPath(path), context.app.env)
    return readRun({ notebook, query, body })
  })
  return await answerRun(context, options)
}

/** Whether an EventSource reconnects, as it does when a stream ends: that must not repeat the run. */
function isReconnect({ headers }: HttpRequest): boolean {
  return headers['last-event-id'] !== undefined
}

/** Names the run of an answer, whatever its type and status. */
const runIdHeader = 'Nbtrigger-Run-Id'

async function answerRun(context: RequestContext, options: RunOptions | RunError): Promise<Reply> {
  const { request } = context
  const negotiation = readNegotiation(request.headers.accept, request.query.has(resultName))
  checkAcceptable(negotiation)
  const negotiated = { runId: createRunId(), options, negotiation }
  const answer = acceptsEvents(negotiation) ? streamRun : finishRun
  const reply = await answer(context, negotiated)
  return { ...reply, headers: { ...reply.headers, [runIdHeader]: negotiated.runId } }
}

async function finishRun(context: RequestContext, negotiated: NegotiatedRun): Promise<Reply> {
  const { app, signal } = context
  const { negotiation } = negotiated
  const finished = await run(context, { ...negotiated, observers: [] })
  return await runReply(finished, { negotiation, budget: app.responses }, signal)
}

interface NegotiatedRun {
  readonly runId: string
  readonly options: RunOptions | RunError
  readonly negotiation: Negotiation
}

/** Streams the run's events; a run that is refused gets a normal answer. */
async function streamRun(
  context: RequestContext,
  { runId, options, negotiation }: NegotiatedRun,
): Promise<Reply> {
  const { app, outgoing, signal, clientGone } = context
  const budget = app.responses
  const stream = context.resources.use(new EventStream(outgoing, { budget }))
  const finish = async () => {
    const observers = [(event: RunEvent) => stream.observe(event)]
    const finishedRun = await run(context, { runId, options, observers })
    if (!stream.isOpen) return await runReply(finishedRun, { negotiation, budget }, signal)
    if (acceptsPage(negotiation)) await sendExecuted(stream, { finishedRun, budget }, signal)
    await stream.end(clientGone)
    return await stream.opened
  }
  const breakOffStream = () => {
    if (stream.isOpen) breakOff(outgoing)
  }
  const finished = finish()
  context.waitUntil(finished.then(noop, breakOffStream))
  return await Promise.race([stream.opened, finished])
}

async function sendExecuted(
  stream: EventStream,
  { finishedRun, budget }: { readonly finishedRun: FinishedRun; readonly budget: Budget },
  signal: AbortSignal,
): Promise<void> {
  const type = 'executed_notebook'
  try {
    using _ = await reserveRenderMemory(finishedRun, budget, signal) // then the stream reserves it
    stream.send(type, await executedNotebook(finishedRun))
  } catch (error) {
    stream.send(type, { notebook: null, problem: problemOf(asRunError(error), null) })
  }
}

/** The notebook is sent as text: parsing it as JSON would lose digits of its numbers. */
async function executedNotebook(finishedRun: FinishedRun): Promise<object> {
  const { html, problem } = await renderedPage(finishedRun)
  const notebook = finishedRun.notebook === null ? null : notebookText(finishedRun.notebook)
  return { notebook, ...(html === null ? { problem: problemOf(problem, null) } : { html }) }
}

interface RequestedRun {
  readonly runId: string
  readonly options: RunOptions | RunError
  /** Receive the events, in addition to the log. */
  readonly observers: readonly ((event: RunEvent) => void)[]
}

async function run(
  context: RequestContext,
  { runId, options, observers }: RequestedRun,
): Promise<FinishedRun> {
  const { env, folder, write, activeRuns, warm } = context.app
  const redactor = createRunRedactor(options, env)
  using active = activeRuns.add(runId)
  const signal = AbortSignal.any([context.signal, active.signal])
  const input = { options, env, folder, caller: 'http', runId, messageId: null, redactor } as const
  const project = variableOf(env, 'GOOGLE_CLOUD_PROJECT')
  const { traceparent } = context.request.headers
  const log = createRunLog(write, input, { traceparent: String(traceparent ?? ''), project })
  const emit = (event: RunEvent) => {
    for (const observe of [log, ...observers]) observe(event)
  }
  const { report, notebook, request } = await executeRun(input, { emit, signal, warm })
  return { report, notebook, hidesInput: request?.hidesInput ?? false, redactor }
}
