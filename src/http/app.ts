import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { asRunError, type ErrorCode, RunError } from '../errors.ts'
import { safeJson } from '../util/safe_text.ts'
import { quoteForError } from '../util/text.ts'
import { checkKey } from './api_key.ts'
import type { AppContext, Handler, RequestScope } from './context.ts'
import { checkHostHeader, refuseCrossSite, type ServedHosts } from './host_check.ts'
import type { HttpRequest } from './http_request.ts'
import { handleNotebooks, handleParameters } from './notebooks.ts'
import { handleOpenapi } from './openapi.ts'
import { handlePage } from './page.ts'
import { problemOf, problemReply, type Reply } from './reply.ts'
import { toResponse } from './response.ts'
import { handlePathRun, handlePostedRun } from './run.ts'

/** Who may ask. */
export interface Access {
  /** null where requests need no key. */
  readonly key: string | null
  readonly servedHosts: ServedHosts
}

/** What the app gets with a request. */
export interface AppEnv {
  readonly Bindings: {
    readonly scope: RequestScope
    /** What is wrong with the request itself; the app answers with it. */
    readonly refusal?: RunError
  }
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

/** The service's routes, with who may ask before them; every answer is a `Response` that is paced. */
export function createApp(access: Access): Hono<AppEnv> {
  // The path as it came: a URL would have resolved its "..", which we refuse.
  const app = new Hono<AppEnv>({ getPath: (_, options) => options?.env?.scope.request.path ?? '/' })
  app.use(securityHeaders)
  app.use(async ({ env: { refusal, scope } }, next) => {
    if (refusal !== undefined) throw refusal
    checkAccess(scope.request, access)
    await next()
  })
  for (const route of routes) {
    const pattern = isTree(route) ? `${route.path}:rest{.+}` : route.path
    for (const [method, handler] of Object.entries(route.methods)) {
      if (handler === undefined) continue
      app.on(method, pattern, async ({ env: { scope } }) => {
        // Hono gives HEAD to the handlers of GET, and those would run notebooks.
        if (scope.request.method !== method)
          return toResponse(wrongMethod(scope.request, route), scope)
        return toResponse(await handler({ ...scope, rest: restOf(scope.request) }), scope)
      })
    }
    app.all(pattern, ({ env: { scope } }) => toResponse(wrongMethod(scope.request, route), scope))
  }
  app.notFound(({ env: { scope } }) =>
    toResponse(errorReply(notFound(scope.request), scope.app), scope),
  )
  app.onError((error, { env: { scope } }) => toResponse(errorReply(error, scope.app), scope))
  return app
}

/** On every answer: no guessing of types, no frames, no readers from other sites. */
const securityHeaders = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  crossOriginOpenerPolicy: false, // the page's own
  originAgentCluster: false,
  strictTransportSecurity: false, // for whoever speaks TLS to say
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  overwrite: false, // an answer's own policy stays
})

/** Throws HOST_HEADER_REFUSED, KEY_REFUSED, ORIGIN_REFUSED. */
function checkAccess(request: HttpRequest, { key, servedHosts }: Access): void {
  const { headers } = request
  if (key === null) checkHostHeader(headers.host, servedHosts)
  if (isOpen(request)) return
  checkKey(key, headers.authorization)
  refuseCrossSite(headers)
}

/** The page holds nothing but itself: it is for browsers, which have no key to send with a link. */
function isOpen({ method, path }: HttpRequest): boolean {
  return method === 'GET' && (path === '/' || path.startsWith('/page/'))
}

function isTree({ path }: Route): boolean {
  return path.length > 1 && path.endsWith('/')
}

/** What follows the first part of a path. */
function restOf({ path }: HttpRequest): string {
  return path.slice(path.indexOf('/', 1) + 1)
}

function notFound({ path }: HttpRequest): RunError {
  return new RunError(
    'ROUTE_NOT_FOUND',
    `Cannot find ${quoteForError(path)}: there is no such path`,
    { advice: 'see "/openapi.json" for what there is' },
  )
}

function wrongMethod({ method }: HttpRequest, { path, methods }: Route): Reply {
  const allowed = Object.keys(methods).join(', ')
  const reason = `"${path}" takes ${allowed}`
  const error = new RunError('METHOD_NOT_ALLOWED', `Cannot answer ${method}: ${reason}`)
  return problemReply(problemOf(error, null), { Allow: allowed })
}

const headersFor: Partial<Record<ErrorCode, Reply['headers']>> = {
  KEY_REFUSED: { 'WWW-Authenticate': 'Bearer' },
  BUSY: { 'Retry-After': '5' },
}

/** The problem document for what was thrown; what we did not foresee is logged. */
export function errorReply(cause: unknown, app: AppContext): Reply {
  const error = asRunError(cause)
  if (error.code === 'INTERNAL') logFault(error, app)
  const problem = problemOf(error, null)
  const detail = app.redactor.text(problem.detail)
  return problemReply({ ...problem, detail }, headersFor[error.code])
}

function logFault({ message, cause }: RunError, { write, redactor }: AppContext): void {
  const { stack }: { readonly stack?: unknown } = Object(cause)
  const entry = { severity: 'ERROR', message, stack_trace: String(stack), event: 'fault' }
  write(`${safeJson(JSON.stringify(redactor.value(entry)))}\n`)
}
