import { asRunError, type ErrorCode, errorCodes, type Reason, RunError } from '../errors.ts'
import { isLoopback } from '../util/loopback.ts'
import { isRecord } from '../util/record.ts'
import { cutText, plainLine } from '../util/text.ts'

const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'it closed the connection',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'the network is unreachable',
  EPIPE: 'it closed the connection',
}

/** No connection was opened, so nothing was sent. */
const unconnected = new Set('ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(' '))

const tlsProblems: Readonly<Record<string, Reason>> = {
  EPROTO: {
    what: 'it does not speak https',
    advice: 'leave out --use-https if it is a plain http server',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    what: 'it does not speak https',
    advice: 'leave out --use-https',
  },
  CERT_HAS_EXPIRED: { what: 'its certificate has expired' },
  ERR_TLS_CERT_ALTNAME_INVALID: { what: 'its certificate is for another host name' },
}

const untrusted: Reason = {
  what: 'its certificate is not trusted',
  advice: 'name its authority in NODE_EXTRA_CA_CERTS if it is your own',
}

/** The error for a request without a response; `cause` is what node-fetch or ws threw. */
export function unreachable(purpose: string, url: URL, cause: unknown): RunError {
  const code = errorCodeOf(cause)
  const tls = tlsProblemOf(code)
  if (tls !== undefined) {
    const { what, advice = null } = tls
    const options = { advice, cause }
    return new NoEffectError('TLS_FAILED', `Cannot ${purpose}: ${url.host} fails, ${what}`, options)
  }
  const isPlain = url.protocol === 'http:' || url.protocol === 'ws:'
  const isHttp = code !== 'HPE_INVALID_CONSTANT'
  const mayBeTls = isPlain && (code === 'ECONNRESET' || !isHttp)
  const options = { advice: mayBeTls ? 'if it speaks https, add --use-https' : null, cause }
  if (!isHttp) {
    const what = `Cannot ${purpose}: ${url.host} answers something that is not http`
    return new RunError('SERVER_NOT_JUPYTER', what, options)
  }
  const what = `Cannot ${purpose}: ${url.host} cannot be reached, ${connectionProblem(cause)}`
  return unconnected.has(code)
    ? new NoEffectError('SERVER_UNREACHABLE', what, options)
    : new RunError('SERVER_UNREACHABLE', what, options)
}

function tlsProblemOf(code: string): Reason | undefined {
  return tlsProblems[code] ?? (isCertificateProblem(code) ? untrusted : undefined)
}

/** Why a connection was not made, or broke. */
export function connectionProblem(cause: unknown): string {
  const code = errorCodeOf(cause)
  return tlsProblemOf(code)?.what ?? connectionProblems[code] ?? (code || 'the connection failed')
}

/** Whether https is spoken, but the certificate is not accepted. */
export function hasCertificateProblem({ cause }: RunError): boolean {
  const code = errorCodeOf(cause)
  return code in tlsProblems ? code.includes('CERT') : isCertificateProblem(code)
}

/**
 * What shows that no server is there that could wake up: the name has no host, no name can be looked
 * up, this machine has no network, or refuses the connection itself.
 */
export type Absence = 'name' | 'lookup' | 'network' | 'loopback'

const absences: Readonly<Record<string, Absence>> = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'lookup',
  ENETUNREACH: 'network',
  ECONNREFUSED: 'loopback',
}

/** null for an error, as `unreachable()` makes it, of a server at `url` that may still come. */
export function absenceOf(error: unknown, url: URL): Absence | null {
  if (!(error instanceof NoEffectError)) return null
  const absence = absences[errorCodeOf(error.cause)] ?? null
  return absence === 'loopback' && !isLoopback(url.hostname) ? null : absence
}

/** Whether the connection broke in a way in which it does when the server expects the other of http and https. */
export function mayBeOtherProtocol(error: unknown): boolean {
  const code = error instanceof RunError ? errorCodeOf(error.cause) : ''
  return ['ECONNRESET', 'EPIPE', 'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER'].includes(code)
}

function isCertificateProblem(code: string): boolean {
  return code.includes('CERT') || code.startsWith('UNABLE_TO_') || code.startsWith('ERR_TLS')
}

function errorCodeOf(cause: unknown): string {
  const code = isRecord(cause) ? cause['code'] : undefined
  return typeof code === 'string' ? code : ''
}

/** The error for an unexpected response. Of its body, only the `message` of JSON is shown. */
export function responseError(purpose: string, url: URL, response: JupyterResponse): RunError {
  const { code, what, advice = null } = problemOf(response, url)
  return new RunError(code, `Cannot ${purpose}: ${what}`, { advice })
}

interface ResponseProblem extends Reason {
  readonly code: ErrorCode
}

function problemOf(response: JupyterResponse, url: URL): ResponseProblem {
  const { status } = response
  if (status === 401 || status === 403) return forbidden(response, url)
  if (status >= 300 && status < 400) return redirected(response, url)
  if (status === 424) return notRunningOnHub(status)
  const answers = `${url.host} answers ${status}${serverMessage(response)}`
  if (status === 429 || status >= 500) return { code: 'SERVER_UNREACHABLE', what: answers }
  return {
    code: 'SERVER_NOT_JUPYTER',
    what: `${answers} where a Jupyter Server would not`,
    advice: 'check the host and --base-url',
  }
}

function notRunningOnHub(status: number): ResponseProblem {
  return {
    code: 'SERVER_UNREACHABLE',
    what: `JupyterHub says that this user's server is not running (${status})`,
    advice: 'start it there, or let the run have one of its own: --hub USER, without --base-url',
  }
}

function forbidden(response: JupyterResponse, url: URL): ResponseProblem {
  const { status } = response
  const said = `(${status}${serverMessage(response)})`
  if (mentionsXsrf(response)) {
    return {
      code: 'TOKEN_REFUSED',
      what:
        'the Jupyter Server does not know the token and refuses the call as a cross-site request ' +
        said,
      advice: 'start it with a token, or with --ServerApp.disable_check_xsrf=True',
    }
  }
  if (response.json !== undefined) {
    return {
      code: 'TOKEN_REFUSED',
      what: `the Jupyter Server refuses the token ${said}`,
      advice: "JUPYTER_TOKEN must be the server's token",
    }
  }
  if (isGoogle(response)) return iamProblem(response, url)
  return {
    code: 'SERVER_NOT_JUPYTER',
    what: `something in front of ${url.host} refuses the call (${status}) with a page of its own`,
  }
}

function redirected(response: JupyterResponse, url: URL): ResponseProblem {
  const { status } = response
  const target = targetOf(response, url)
  if (target === null) {
    return { code: 'SERVER_NOT_JUPYTER', what: `it answers ${status} to nowhere` }
  }
  const place = `${target.origin}${target.pathname}`
  if (target.hostname === 'accounts.google.com') {
    const what = 'it redirects to the login of Google; the service has IAP in front'
    return { code: 'IAM_REFUSED', what }
  }
  if (target.protocol === 'https:' && url.protocol === 'http:') {
    const what = `it redirects to ${place}`
    return { code: 'SERVER_NOT_JUPYTER', what, advice: 'add --use-https' }
  }
  // JupyterHub itself answers for a server that does not run.
  if (target.origin === url.origin && /\/hub\/(user|spawn)/.test(target.pathname)) {
    return notRunningOnHub(status)
  }
  if (/\/(hub|login)\b/.test(target.pathname)) {
    const what = `it redirects to a login page (${place})`
    return { code: 'TOKEN_REFUSED', what, advice: 'check JUPYTER_TOKEN and --base-url' }
  }
  return {
    code: 'SERVER_NOT_JUPYTER',
    what: `it redirects to ${place}, and redirects are never followed`,
    advice: 'name the right host and --base-url',
  }
}

function targetOf(response: JupyterResponse, url: URL): URL | null {
  return response.location !== null && URL.canParse(response.location, url.href)
    ? new URL(response.location, url)
    : null
}

/** Whether the `Server` header is that of Google's front end, which is in front of Cloud Run. */
function isGoogle({ serverName }: JupyterResponse): boolean {
  return /google|gfe|gse/i.test(serverName)
}

/** The problem where Google's front end refuses the call, which responds with 401 or 403. */
function iamProblem(response: JupyterResponse, url: URL): ResponseProblem {
  const what = `Google Cloud refuses the call before Jupyter sees it (${response.status})`
  const { reason = null, advice } = iamAdvice(response, url)
  return { code: 'IAM_REFUSED', what: reason === null ? what : `${what}; ${reason}`, advice }
}

/** 401 is for an ID token that the service does not accept, 403 for a forbidden account or no token. */
function iamAdvice(
  { account, status }: JupyterResponse,
  { host }: URL,
): { readonly reason?: string; readonly advice: string } {
  if (account === null) {
    return {
      advice:
        'set NBTRIGGER_AUTH=iam to send a Google ID token along, which the service asks for, or on a ' +
        'laptop open the service with "gcloud run services proxy" and call localhost',
    }
  }
  if (status === 403) {
    return { advice: `give "${account}" the role roles/run.invoker on the service behind ${host}` }
  }
  return {
    reason: `it does not take the ID token of "${account}" for ${host}`,
    advice:
      'call the service by its own address under run.app, or make this one a custom audience of it',
  }
}

/** A request without effect: the server refused it (3xx, 4xx), or no connection was opened. */
export class NoEffectError extends RunError {}

/** Whether a request that failed with this error has certainly changed nothing on the server. */
export function hadNoEffect(error: unknown): boolean {
  return error instanceof NoEffectError || errorCodes[asRunError(error).code].neverSent === true
}

/** A response, whatever its status. */
export interface JupyterResponse {
  readonly status: number
  /** undefined when the body is not JSON. The text of an error page is not kept: it may contain the token. */
  readonly json: unknown
  /** The body of a successful response to a call with `wantsText`. */
  readonly text?: string
  readonly isHtml: boolean
  /** The base URL of the server, where the response is one of Jupyter's pages, such as its 404. */
  readonly baseUrl?: string
  readonly location: string | null
  /** The `Set-Cookie` headers. */
  readonly setCookies: readonly string[]
  /** The `Server` header. */
  readonly serverName: string
  /** The Google account whose ID token was sent with the request; null without one. */
  readonly account: string | null
}

/** The `message` of a JSON response, short and on one line, for the end of a text: ": Forbidden". */
export function serverMessage({ json }: JupyterResponse): string {
  const message = isRecord(json) ? json['message'] : undefined
  if (typeof message !== 'string' || message === '') return ''
  return `: ${cutText(plainLine(message), 300)}`
}

/** Whether Jupyter refuses a call because of its protection from cross-site requests. */
export function mentionsXsrf({ status, json }: JupyterResponse): boolean {
  const message = isRecord(json) ? json['message'] : undefined
  return status === 403 && typeof message === 'string' && /xsrf/i.test(message)
}
