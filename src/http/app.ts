import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { asRunError, type ErrorCode, RunError } from '../errors.ts'
import { noticeLine } from '../reporting/notice.ts'
import { quoteForError } from '../util/text.ts'
import { checkHostHeader, checkKey, refuseCrossSite, type ServedHosts } from './access.ts'
import { handleCancel } from './cancel.ts'
import type { AppContext, Handler, RequestScope } from './context.ts'
import { handleRecordedRun, handleRuns, isPageLink } from './history.ts'
import type { HttpRequest } from './http_request.ts'
import { handleNotebooks, handleParameters } from './notebooks.ts'
import { handleOpenapi } from './openapi.ts'
import { handlePage } from './page.ts'
import { problemOf, problemReply, type Reply } from './reply.ts'
import { toResponse } from './response.ts'
import { handlePathRun, handlePostedRun } from './run.ts'
import { handleWarm } from './warm.ts'

/** Which requests are accepted. */
export interface Access {
  /** The API key; null when requests need none. */
  readonly key: string | null
  readonly servedHosts: ServedHosts
}

/** Hono's environment: passed to the app with each request. */
export interface AppEnv {
  readonly Bindings: {
    readonly scope: RequestScope
    /** Set when the request itself is invalid; the app answers with this error. */
    readonly requestError?: RunError
  }
}

interface Route {
  /** A whole path, with `:name` for a segment of any text, or a prefix that ends in a slash. */
  readonly path: string
  readonly methods: Readonly<Partial<Record<string, Handler>>>
  /** Whether GET does something: HEAD is then refused. */
  readonly isUnsafe?: true
}

/** All routes of the service. */
export const routes: readonly Route[] = [
  { path: '/', methods: { GET: handlePage, POST: handlePostedRun } },
  { path: '/page/', methods: { GET: handlePage } },
  { path: '/run/', methods: { GET: handlePathRun, POST: handlePathRun }, isUnsafe: true },
  { path: '/runs', methods: { GET: handleRuns } },
  { path: '/runs/:id', methods: { GET: handleRecordedRun, DELETE: handleCancel } },
  { path: '/runs/:id/cancel', methods: { POST: handleCancel } },
  { path: '/warm', methods: { GET: handleWarm } },
  { path: '/notebooks', methods: { GET: handleNotebooks } },
  { path: '/parameters/', methods: { GET: handleParameters } },
  { path: '/openapi.json', methods: { GET: handleOpenapi } },
]

/** The app: checks access, then calls the route's handler. Every answer is a paced `Response`. */
export function createApp(access: Access): Hono<AppEnv> {
  // The original path: URL would resolve "..", which the service refuses.
  const app = new Hono<AppEnv>({ getPath: (_, options) => options?.env?.scope.request.path ?? '/' })
  app.use(securityHeaders)
  app.use(async ({ env: { requestError, scope } }, next) => {
    if (requestError !== undefined) throw requestError
    checkAccess(scope, access)
    await next()
  })
  for (const route of routes) {
    const pattern = isTree(route) ? `${route.path}:rest{.+}` : route.path
    for (const [method, handler] of Object.entries(route.methods)) {
      if (handler === undefined) continue
      app.on(method, pattern, async ({ env: { scope } }) => {
        // Hono passes HEAD to handlers of GET, which may run notebooks.
        if (scope.request.method !== method && route.isUnsafe)
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

/** Headers of every answer: no MIME sniffing, no framing, no access from other sites. */
const securityHeaders = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  crossOriginOpenerPolicy: false, // set by the page
  originAgentCluster: false,
  strictTransportSecurity: false, // left to the proxy that terminates TLS
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  overwrite: false, // keeps the policy that a handler has set
})

/** Throws HOST_HEADER_REFUSED, KEY_REFUSED, ORIGIN_REFUSED. */
function checkAccess({ request, app }: RequestScope, { key, servedHosts }: Access): void {
  const { headers } = request
  if (key === null) checkHostHeader(headers.host, servedHosts)
  if (isOpen(request) || isPageLink(request, app.env)) return
  checkKey(key, headers.authorization)
  refuseCrossSite(headers)
}

/** Whether no key is needed: the page's files contain no data, and browsers load them without a key. */
function isOpen({ method, path }: HttpRequest): boolean {
  return ['GET', 'HEAD'].includes(method) && (path === '/' || path.startsWith('/page/'))
}

function isTree({ path }: Route): boolean {
  return path.length > 1 && path.endsWith('/')
}

/** The path after its first segment. */
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

function wrongMethod({ method }: HttpRequest, { path, methods, isUnsafe }: Route): Reply {
  const names = Object.keys(methods)
  const head = names.includes('GET') && !isUnsafe ? ['HEAD'] : []
  const allowed = [...names, ...head].join(', ')
  const reason = `"${path}" takes ${allowed}`
  const error = new RunError('METHOD_NOT_ALLOWED', `Cannot answer ${method}: ${reason}`)
  return problemReply(problemOf(error, null), { Allow: allowed })
}

const headersFor: Partial<Record<ErrorCode, Reply['headers']>> = {
  KEY_REFUSED: { 'WWW-Authenticate': 'Bearer' },
  BUSY: { 'Retry-After': '5' },
}

/** The problem document for an error; unexpected errors are logged. */
function errorReply(cause: unknown, app: AppContext): Reply {
  const error = asRunError(cause)
  if (error.code === 'INTERNAL') logFault(error, app)
  const problem = problemOf(error, null)
  const detail = app.redactor.text(problem.detail)
  return problemReply({ ...problem, detail }, headersFor[error.code])
}

function logFault({ message, cause }: RunError, { write, redactor }: AppContext): void {
  const { stack }: { readonly stack?: unknown } = Object(cause)
  const { text } = redactor
  const stackTrace = text(String(stack))
  const notice = { message: text(message), stack_trace: stackTrace, event: 'fault' }
  write(noticeLine({ severity: 'ERROR', ...notice }))
}
