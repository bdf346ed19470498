import { IncomingMessage, type ServerResponse } from 'node:http'
import { constants, Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { asRunError, RunError } from '../errors.ts'
import { readHistoryStore, readRetention } from '../history/settings.ts'
import { type Env, variableOf } from '../request/env.ts'
import { noOptions } from '../request/run_options.ts'
import { createRunRedactor } from '../run/run.ts'
import { noop } from '../util/abort.ts'
import type { Shutdown } from '../util/shutdown.ts'
import { WarmPool } from '../warm/pool.ts'
import { readRecipe } from '../warm/recipe.ts'
import { readWarmSettings } from '../warm/settings.ts'
import { readKey, readServedHosts } from './access.ts'
import { ActiveRuns } from './active_runs.ts'
import { type AppEnv, createApp } from './app.ts'
import { Budget, Disposables, readMaxRuns, RunSlots, SmallResponses } from './budget.ts'
import type { AppContext, RequestScope } from './context.ts'
import { readHttpRequest } from './http_request.ts'
import type { Outgoing } from './paced_body.ts'
import type { RequestListener } from './server.ts'

/** What the service needs from the process. */
export interface Dependencies {
  readonly env: Env
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  /** Writes a line to the log. */
  readonly write: (line: string) => void
  readonly shutdown: Shutdown
}

/** Memory limits for requests, in bytes, in addition to the memory of runs. */
const maxBodyBytes = 64 * 2 ** 20
const maxResponseBytes = 256 * 2 ** 20
const maxSmallResponseBytes = 32 * 2 ** 20
const maxReads = 2

/** The request listener of the service; throws a RunError when the environment is invalid. */
export function createListener({ env, folder, write, shutdown }: Dependencies): RequestListener {
  readHistoryStore(env, { folder, openServer: noServer }) // fails now rather than at the end of a run
  readRetention(env)
  const app = createApp({ key: readKey(env), servedHosts: readServedHosts(env) })
  const context: AppContext = {
    env,
    folder,
    write,
    slots: new RunSlots(readMaxRuns(env)),
    activeRuns: new ActiveRuns(),
    bodies: new Budget(maxBodyBytes),
    responses: new Budget(maxResponseBytes),
    smallResponses: new SmallResponses(maxSmallResponseBytes),
    reads: new Budget(maxReads),
    warm: createPool({ env, write, shutdown }),
    redactor: createRunRedactor(noOptions, env),
  }
  const prefill = () => void prefillPool(context)
  // Cloud Run gives an instance without requests next to no CPU: there, the first request has it done.
  if (variableOf(env, 'K_SERVICE') === null) setImmediate(prefill)
  const pipeline = new RequestPipeline()
  return async (request, response) => {
    if (request instanceof IncomingMessage && !(await pipeline.turn(request, response))) return
    prefill()
    await shutdown.guard(async (stopped) => {
      using resources = new Disposables()
      const work: Promise<void>[] = []
      const clientGone = goneSignal(response)
      const signal = AbortSignal.any([stopped, clientGone])
      const scope: RequestScope = {
        app: context,
        request: readHttpRequest(request, context.bodies, signal),
        outgoing: response,
        resources,
        clientGone,
        signal,
        waitUntil: (each) => void work.push(each),
      }
      const closed = whenClosed(response)
      closeUnreadStream(response)
      await respond({ scope, fetch: app.fetch })(request, response)
      await closed
      await Promise.all(work)
    })
  }
}

/** The warm kernels, which are deleted when the process ends. */
function createPool({ env, write, shutdown }: Omit<Dependencies, 'folder'>): WarmPool | null {
  const settings = readWarmSettings(env)
  if (settings === null) return null
  const pool = new WarmPool(settings, write)
  void shutdown.guard(async (stopped) => {
    // never rejects
    await new Promise((resolve) => stopped.addEventListener('abort', resolve, { once: true }))
    await pool.close()
  })
  return pool
}

/** Without a server in the environment, only requests name one. */
async function prefillPool({ warm, env, folder, redactor }: AppContext): Promise<void> {
  if (variableOf(env, 'JUPYTER_SERVER') === null) return
  const read = (path: string, signal: AbortSignal) => readRecipe(path, { env, folder }, signal)
  await warm?.prefill({ read, redactor })
}

function noServer(): never {
  throw new RunError('INTERNAL', 'Cannot call a server before there is a request')
}

type Fetch = (request: Request, bindings: AppEnv['Bindings']) => Response | Promise<Response>

/** Passes one request to the app, and writes its answer to the response. */
function respond({ scope, fetch }: { readonly scope: RequestScope; readonly fetch: Fetch }) {
  return getRequestListener((request) => fetch(request, { scope }), {
    overrideGlobalObjects: false,
    autoCleanupIncoming: false, // `closeUnreadStream()` and `toResponse()` handle unread bodies
    hostname: 'localhost', // for HTTP/1.0 requests without a Host header
    errorHandler: (cause) =>
      fetch(new Request('http://localhost/'), { scope, requestError: requestErrorOf(cause) }),
  })
}

/** The error for a request with a target and `Host` that do not form a URL. */
function requestErrorOf(cause: unknown): RunError {
  const { name, message } = Object(cause)
  if (name !== 'RequestError') return asRunError(cause)
  const reason = `its target or its "Host" is not valid (${String(message)})`
  return new RunError('ARGUMENTS_INVALID', `Cannot answer the request: ${reason}`, { cause })
}

type AnyResponse = ServerResponse | Http2ServerResponse

/** Aborts when the client closes the connection, or resets the stream, before it has the answer. */
function goneSignal(response: AnyResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => {
    if (isSent(response)) return
    gone.abort(new RunError('CANCELLED', 'Cannot go on: the client closed the connection'))
  })
  return gone.signal
}

function isSent(response: AnyResponse): boolean {
  if (!(response instanceof Http2ServerResponse)) return response.writableFinished
  const { stream } = response
  return !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR
}

function whenClosed(response: AnyResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.closed || response.destroyed) resolve()
    else response.once('close', resolve)
  })
}

/** Tells a client that still sends after the answer to stop (RFC 9113, 8.1). */
function closeUnreadStream(response: AnyResponse): void {
  if (!(response instanceof Http2ServerResponse)) return
  const { stream } = response
  const close = () => stream.close(constants.NGHTTP2_NO_ERROR)
  stream.once('finish', () => setImmediate(close)) // the last data are sent only then
}

/** Maximum for one connection: the request being answered and those waiting. */
const maxRequests = 16

interface Connection {
  /** Requests that are not answered yet. */
  requests: number
  /** Resolves when the last of them has been answered. */
  answered: Promise<void>
}

/**
 * Handles the requests of a connection one at a time. Clients may pipeline requests (RFC 9112,
 * 9.3.2); Node would start them all at once, and buffer the answers if the client reads none.
 */
class RequestPipeline {
  readonly #connections = new WeakMap<Socket, Connection>()

  /**
   * Waits until the requests before this one are answered; call it as soon as a request arrives.
   * False when the connection is closed, by the client or here because too many requests wait on it.
   */
  async turn({ socket }: IncomingMessage, response: Outgoing): Promise<boolean> {
    const connection = this.#connectionOf(socket)
    if (connection.requests >= maxRequests) socket.destroy()
    if (socket.destroyed) return false
    connection.requests += 1
    const before = connection.answered
    const closed = new Promise<void>((resolve) => void response.once('close', resolve))
    const turn = before.then(() => !socket.destroyed)
    // A response that waits for its turn gets no `close` event when its connection closes.
    connection.answered = turn.then((isOurs) => (isOurs ? closed : undefined))
    void connection.answered.then(() => (connection.requests -= 1)).catch(noop)
    return await turn
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket)
    if (known !== undefined) return known
    const connection = { requests: 0, answered: Promise.resolve() }
    this.#connections.set(socket, connection)
    return connection
  }
}
