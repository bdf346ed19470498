import { randomUUID } from 'node:crypto'
import { asRunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { openServer } from '../open_server.ts'
import { createLog } from '../report/log.ts'
import { serviceOf } from '../report/reported_error.ts'
import { traceName } from '../report/trace.ts'
import { readPosted, readRun, type HttpOrder } from '../request/http.ts'
import { mentions } from '../request/mentions.ts'
import { resultName } from '../request/query_parameters.ts'
import { readRequest } from '../request/read_request.ts'
import { notebookText } from '../save/notebook_text.ts'
import { redactorFor, trigger, type Order } from '../trigger.ts'
import { endedReply, renderedPage, roomFor, type Ended } from './ended_reply.ts'
import type { Budget } from './budget.ts'
import { EventStream } from './event_stream.ts'
import { problemOf } from './problem.ts'
import type { Reply } from './reply.ts'
import { readBody } from './request_body.ts'
import type { Visit } from './service.ts'
import { readWanted, wantsEvents, wantsPageToo } from './wanted.ts'

/** `POST /`: runs what the body asks for. */
export async function answerPosted(visit: Visit, signal: AbortSignal): Promise<Reply | null> {
  const body = await readBody(visit.incoming)
  visit.holdings.keep(visit.service.slots.take())
  return await answerRun(visit, () => readPosted(body), signal)
}

/** `/run/PATH.ipynb`: runs the notebook that the path names, on the server of the environment. */
export async function answerPath(visit: Visit, signal: AbortSignal): Promise<Reply | null> {
  if (isComingBack(visit)) return { status: 204, headers: {}, body: '' }
  const { query } = visit.incoming
  const body = await readBody(visit.incoming)
  visit.holdings.keep(visit.service.slots.take())
  return await answerRun(visit, () => readRun({ path: visit.rest, query, body }), signal)
}

/** A browser's EventSource asks again when its stream has ended, and would run the notebook for ever. */
function isComingBack({ incoming }: Visit): boolean {
  return incoming.headers['last-event-id'] !== undefined
}

async function answerRun(
  visit: Visit,
  read: () => HttpOrder,
  signal: AbortSignal,
): Promise<Reply | null> {
  const { incoming, response, gone } = visit
  const wanted = readWanted(incoming.headers.accept, incoming.query.has(resultName))
  const { answers: budget } = visit.service
  using stream = new EventStream(response, { budget })
  const observers = wantsEvents(wanted) ? [(event: RunEvent) => stream.observe(event)] : []
  const ended = await run(visit, { read, observers }, signal)
  if (!stream.isOpen) return await endedReply(ended, { wanted, budget }, signal)
  if (wantsPageToo(wanted)) {
    await sendExecuted(stream, { ended, budget }, signal)
  }
  await stream.end(gone)
  return null
}

async function sendExecuted(
  stream: EventStream,
  { ended, budget }: { readonly ended: Ended; readonly budget: Budget },
  signal: AbortSignal,
): Promise<void> {
  const type = 'executed_notebook'
  try {
    using _ = await roomFor(ended, budget, signal) // the stream counts it itself from then on
    stream.send(type, await executedNotebook(ended, signal))
  } catch (error) {
    stream.send(type, { notebook: null, problem: problemOf(asRunError(error), null) })
  }
}

/** Of text, so that whoever reads it as JSON keeps every digit of the notebook's numbers. */
async function executedNotebook(ended: Ended, signal: AbortSignal): Promise<object> {
  const { html, problem } = await renderedPage(ended, signal)
  const notebook = ended.notebook === null ? null : notebookText(ended.notebook)
  return { notebook, ...(html === null ? { problem: problemOf(problem, null) } : { html }) }
}

interface Asked {
  readonly read: () => HttpOrder
  /** Who sees the events beside the log. */
  readonly observers: readonly ((event: RunEvent) => void)[]
}

async function run(visit: Visit, { read, observers }: Asked, signal: AbortSignal): Promise<Ended> {
  const order = orderOf(visit, read)
  const { redactor } = order
  const log = logOf(visit, order)
  const last: { notebook: Ended['notebook'] } = { notebook: null }
  const observe = (event: RunEvent) => {
    if (event.type === 'run_finished') last.notebook = event.notebook
    for (const tell of [log, ...observers]) tell(event)
  }
  const report = await trigger(order, observe, signal)
  const request = () => {
    const { words, parameters } = read()
    return readRequest(words, order.env, order.caller, undefined, parameters)
  }
  return {
    report,
    notebook: last.notebook,
    redactor,
    openServer: () => openServer(request(), redactor),
  }
}

function orderOf({ service: { env } }: Visit, read: () => HttpOrder): Order {
  const asks = { words: () => read().words, env }
  return {
    ...asks,
    parameters: () => read().parameters,
    redactor: redactorFor(asks),
    caller: 'http',
    messageId: null,
    runId: randomUUID(),
  }
}

function logOf({ service, incoming }: Visit, order: Order): (event: RunEvent) => void {
  const { env, write } = service
  const { traceparent } = incoming.headers
  return createLog(write, {
    runId: order.runId,
    verbose: isVerbose(order),
    labels: {},
    trace: traceName(String(traceparent ?? ''), env['GOOGLE_CLOUD_PROJECT'] ?? null),
    redactor: order.redactor,
    service: serviceOf(env),
  })
}

function isVerbose({ words }: Order): boolean {
  try {
    return mentions(words(), '--verbose')
  } catch {
    return false // the report will say what is wrong with them
  }
}
