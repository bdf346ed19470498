import type { IncomingMessage, ServerResponse } from 'node:http'
import { asRunError, type ErrorCode, RunError } from '../errors.ts'
import type { Env } from '../request/env.ts'
import { noOptions } from '../request/run_options.ts'
import { createRunRedactor } from '../run/run.ts'
import { safeJson } from '../util/safe_text.ts'
import type { Shutdown } from '../util/shutdown.ts'
import { quoteForError } from '../util/text.ts'
import { checkKey, readKey } from './api_key.ts'
import { Budget, Holdings } from './budget.ts'
import type { Handler, AppContext, RequestContext } from './context.ts'
import {
  checkHostHeader,
  readServedHosts,
  refuseCrossSite,
  type ServedHosts,
} from './host_check.ts'
import { readHttpRequest } from './http_request.ts'
import { handleNotebooks, handleParameters } from './notebooks.ts'
import { handleOpenapi } from './openapi_answer.ts'
import { handlePage } from './page.ts'
import { problemOf, problemReply } from './problem.ts'
import { type Reply, sendReply } from './reply.ts'
import { RequestPipeline } from './request_pipeline.ts'
import { handlePathRun, handlePostedRun } from './run.ts'
import { readMaxRuns, RunSlots } from './run_slots.ts'
import { SmallAnswers } from './small_answers.ts'

/** What the HTTP function needs of the process that it is served from. */
export interface Dependencies {
  readonly env: Env
  readonly write: (line: string) => void
  readonly shutdown: Shutdown
}

/** How much of the instance's memory requests may take, beside what runs hold themselves. */
const maxBodyBytes = 64 * 2 ** 20
const maxAnswerBytes = 256 * 2 ** 20
const maxSmallAnswerBytes = 32 * 2 ** 20
const maxReads = 2

type HttpFunction = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The function that answers HTTP requests; throws a RunError when its environment is wrong. */
export function createHttpFunction({ env, write, shutdown }: Dependencies): HttpFunction {
  const access = { key: readKey(env), servedHosts: readServedHosts(env) }
  const slots = new RunSlots(readMaxRuns(env))
  const service: AppContext = {
    env,
    write,
    slots,
    bodies: new Budget(maxBodyBytes),
    answers: new Budget(maxAnswerBytes),
    smallAnswers: new SmallAnswers(maxSmallAnswerBytes),
    reads: new Budget(maxReads),
    redactor: createRunRedactor(noOptions, env),
  }
  const pipeline = new RequestPipeline()
  return async (request, response) => {
    if (!(await pipeline.turn(request, response))) return
    await shutdown.guard(async (stopped) => {
      const gone = goneSignal(response)
      using holdings = new Holdings()
      const incoming = readHttpRequest(request, service.bodies)
      const asked = { incoming, response, holdings, gone }
      const reply = await replyTo(asked, { access, service }, AbortSignal.any([stopped, gone]))
      if (reply === null) return
      const { answers: budget, smallAnswers } = service
      await sendReply(reply, { response, budget, smallAnswers }, gone)
    })
  }
}

/** Who may ask. */
interface Access {
  readonly key: string | null
  readonly servedHosts: ServedHosts
}

type ParsedMessage = Pick<RequestContext, 'incoming' | 'response' | 'holdings' | 'gone'>

async function replyTo(
  asked: ParsedMessage,
  { access, service }: { readonly access: Access; readonly service: AppContext },
  signal: AbortSignal,
): Promise<Reply | null> {
  const { incoming } = asked
  const { method, path, headers } = incoming
  try {
    if (access.key === null) checkHostHeader(headers.host, access.servedHosts)
    if (!isOpen(incoming)) {
      checkKey(access.key, headers.authorization)
      refuseCrossSite(headers)
    }
    const route = findRoute(path)
    const answer = route.methods[method]
    if (answer === undefined) return wrongMethod(method, route)
    const rest = path.slice(route.path.length)
    return await answer({ ...asked, service, rest }, signal)
  } catch (cause) {
    const error = asRunError(cause)
    if (error.code === 'INTERNAL') logFault(error, service)
    const problem = problemOf(error, null)
    const detail = service.redactor.text(problem.detail)
    return problemReply({ ...problem, detail }, headersFor[error.code])
  }
}

const headersFor: Partial<Record<ErrorCode, Reply['headers']>> = {
  KEY_REFUSED: { 'WWW-Authenticate': 'Bearer' },
  BUSY: { 'Retry-After': '5' },
}

function wrongMethod(method: string, { path, methods }: Route): Reply {
  const allowed = Object.keys(methods).join(', ')
  const reason = `"${path}" takes ${allowed}`
  const error = new RunError('METHOD_NOT_ALLOWED', `Cannot answer ${method}: ${reason}`)
  return problemReply(problemOf(error, null), { Allow: allowed })
}

/** Aborts when the client closes the connection before it has the answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => {
    if (response.writableFinished) return
    gone.abort(new RunError('CANCELLED', 'Cannot go on: the client closed the connection'))
  })
  return gone.signal
}

function logFault({ message, cause }: RunError, { write, redactor }: AppContext): void {
  const { stack }: { readonly stack?: unknown } = Object(cause)
  const entry = { severity: 'ERROR', message, stack_trace: String(stack), event: 'fault' }
  write(`${safeJson(JSON.stringify(redactor.value(entry)))}\n`)
}

interface Route {
  /** The whole path, or its start when it ends in a slash and something follows. */
  readonly path: string
  readonly methods: Readonly<Partial<Record<string, Handler>>>
}

/** What stands where. */
export const routes: readonly Route[] = [
  { path: '/', methods: { GET: handlePage, POST: handlePostedRun } },
  { path: '/page/', methods: { GET: handlePage } },
  { path: '/run/', methods: { GET: handlePathRun, POST: handlePathRun } },
  { path: '/notebooks', methods: { GET: handleNotebooks } },
  { path: '/parameters/', methods: { GET: handleParameters } },
  { path: '/openapi.json', methods: { GET: handleOpenapi } },
]

/** The page holds nothing but itself: it is for browsers, which have no key to send with a link. */
function isOpen({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === 'GET' && (path === '/' || path.startsWith('/page/'))
}

/** The route of a path; throws ROUTE_NOT_FOUND. */
function findRoute(path: string): Route {
  const found = routes.find((route) => (isTree(route) ? isBelow(path, route) : path === route.path))
  if (found !== undefined) return found
  const hint = 'see "/openapi.json" for what there is'
  throw new RunError(
    'ROUTE_NOT_FOUND',
    `Cannot find ${quoteForError(path)}: there is no such path`,
    { advice: hint },
  )
}

function isTree({ path }: Route): boolean {
  return path.length > 1 && path.endsWith('/')
}

function isBelow(path: string, route: Route): boolean {
  return path.startsWith(route.path) && path.length > route.path.length
}
