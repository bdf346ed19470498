import type { IncomingMessage, ServerResponse } from 'node:http'
import { RunError, asRunError, type ErrorCode } from './errors.ts'
import { Budget } from './http/budget.ts'
import { refuseCrossSite } from './http/cross_site.ts'
import { Holdings } from './http/holdings.ts'
import { readIncoming } from './http/incoming.ts'
import { checkHostHeader, readServedHosts, type ServedHosts } from './http/host_check.ts'
import { checkKey, readKey } from './http/key.ts'
import { problemOf, problemReply } from './http/problem.ts'
import { sendReply, type Reply } from './http/reply.ts'
import { RequestPipeline } from './http/request_pipeline.ts'
import { findRoute, isOpen, type Route } from './http/routes.ts'
import { RunSlots, readMaxRuns } from './http/run_slots.ts'
import type { Service, Visit } from './http/service.ts'
import { SmallAnswers } from './http/small_answers.ts'
import type { Env } from './request/environment.ts'
import { safeJson } from './safe_text.ts'
import type { Shutdown } from './shutdown.ts'
import { redactorFor } from './trigger.ts'

/** What the HTTP function needs of the process that it is served from. */
export interface World {
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
export function createHttpFunction({ env, write, shutdown }: World): HttpFunction {
  const access = { key: readKey(env), servedHosts: readServedHosts(env) }
  const slots = new RunSlots(readMaxRuns(env))
  const service: Service = {
    env,
    write,
    slots,
    bodies: new Budget(maxBodyBytes),
    answers: new Budget(maxAnswerBytes),
    smallAnswers: new SmallAnswers(maxSmallAnswerBytes),
    reads: new Budget(maxReads),
    redactor: redactorFor({ words: () => [], env }),
  }
  const pipeline = new RequestPipeline()
  return async (request, response) => {
    if (!(await pipeline.turn(request, response))) return
    await shutdown.guard(async (stopped) => {
      const gone = goneSignal(response)
      using holdings = new Holdings()
      const incoming = readIncoming(request, service.bodies)
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

type Asked = Pick<Visit, 'incoming' | 'response' | 'holdings' | 'gone'>

async function replyTo(
  asked: Asked,
  { access, service }: { readonly access: Access; readonly service: Service },
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

function logFault({ message, cause }: RunError, { write, redactor }: Service): void {
  const { stack }: { readonly stack?: unknown } = Object(cause)
  const entry = { severity: 'ERROR', message, stack_trace: String(stack), event: 'fault' }
  write(`${safeJson(JSON.stringify(redactor.value(entry)))}\n`)
}
