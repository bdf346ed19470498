import type { IncomingMessage, ServerResponse } from 'node:http'
import { RunError, asRunError, type ErrorCode } from './errors.ts'
import { refuseCrossSite } from './http/cross_site.ts'
import { readIncoming, type Incoming } from './http/incoming.ts'
import { checkHostHeader, readServedHosts, type ServedHosts } from './http/host_check.ts'
import { checkKey, readKey } from './http/key.ts'
import { problemOf, problemReply } from './http/problem.ts'
import { sendReply, type Reply } from './http/reply.ts'
import { findRoute, isOpen, type Route } from './http/routes.ts'
import { RunSlots, readMaxRuns } from './http/run_slots.ts'
import type { Service } from './http/service.ts'
import type { Env } from './request/environment.ts'
import type { Shutdown } from './shutdown.ts'
import { redactorFor } from './trigger.ts'

/** What the HTTP function needs of the process that it is served from. */
export interface World {
  readonly env: Env
  readonly write: (line: string) => void
  readonly shutdown: Shutdown
}

type HttpFunction = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The function that answers HTTP requests; throws a RunError when its environment is wrong. */
export function createHttpFunction({ env, write, shutdown }: World): HttpFunction {
  const access = { key: readKey(env), servedHosts: readServedHosts(env) }
  const slots = new RunSlots(readMaxRuns(env))
  const service: Service = { env, write, slots, redactor: redactorFor({ words: () => [], env }) }
  return (request, response) =>
    shutdown.guard(async (stopped) => {
      const gone = goneSignal(request, response)
      const reply = await replyTo(
        { incoming: readIncoming(request), response },
        { access, service },
        AbortSignal.any([stopped, gone]),
      )
      if (reply !== null) await sendReply(reply, response, gone)
    })
}

/** Who may ask. */
interface Access {
  readonly key: string | null
  readonly servedHosts: ServedHosts
}

interface Asked {
  readonly incoming: Incoming
  readonly response: ServerResponse
}

async function replyTo(
  { incoming, response }: Asked,
  { access, service }: { readonly access: Access; readonly service: Service },
  signal: AbortSignal,
): Promise<Reply | null> {
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
    return await answer({ service, incoming, rest, response }, signal)
  } catch (cause) {
    const error = asRunError(cause)
    if (error.code === 'INTERNAL') logFault(error, service)
    const problem = service.redactor.value(problemOf(error, null))
    return problemReply({ ...problem, code: error.code }, headersFor[error.code])
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
function goneSignal({ socket }: IncomingMessage, response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  const close = () =>
    gone.abort(new RunError('CANCELLED', 'Cannot go on: the client closed the connection'))
  // A response whose turn on the connection has not come is not told that it has closed.
  socket.once('close', close)
  response.once('close', () => {
    socket.off('close', close)
    if (!response.writableFinished) close()
  })
  return gone.signal
}

function logFault({ message, cause }: RunError, { write, redactor }: Service): void {
  const { stack }: { readonly stack?: unknown } = Object(cause)
  const entry = { severity: 'ERROR', message, stack_trace: String(stack), event: 'fault' }
  write(`${JSON.stringify(redactor.value(entry))}\n`)
}
