import { asRunError, type ErrorCode, RunError } from '../errors.ts'
import { plainText } from '../util/plain_text.ts'
import { isRecord } from '../util/record.ts'
import { cutText } from '../util/text.ts'
import { mentionsXsrf } from './credentials.ts'
import type { JupyterResponse } from './response.ts'

const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'it closed the connection',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network to it',
  EPIPE: 'it closed the connection',
}

/** Where no connection came about, nothing was sent. */
const unconnected = new Set('ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(' '))

const tlsProblems: Readonly<Record<string, string>> = {
  EPROTO: 'it does not speak https; leave out --use-https if it is a plain http server',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak https; leave out --use-https',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
}

/** The error for a call that got no answer; `cause` is what node-fetch or ws threw. */
export function unreachable(purpose: string, url: URL, cause: unknown): RunError {
  const code = errorCodeOf(cause)
  const tls = tlsProblems[code] ?? (isCertificateProblem(code) ? untrusted : undefined)
  if (tls !== undefined) {
    return new NotTaken('TLS_FAILED', `Cannot ${purpose}: ${url.host} fails, ${tls}`, { cause })
  }
  const plain = url.protocol === 'http:' || url.protocol === 'ws:'
  const isHttp = code !== 'HPE_INVALID_CONSTANT'
  const mayBeTls = plain && (code === 'ECONNRESET' || !isHttp)
  const hint = mayBeTls ? '; if it speaks https, add --use-https' : ''
  if (!isHttp) {
    const reason = `${url.host} answers something that is not http${hint}`
    return new RunError('SERVER_NOT_JUPYTER', `Cannot ${purpose}: ${reason}`, { cause })
  }
  const problem = connectionProblems[code] ?? (code || 'the connection failed')
  const message = `Cannot ${purpose}: ${url.host} cannot be reached, ${problem}${hint}`
  return unconnected.has(code)
    ? new NotTaken('SERVER_UNREACHABLE', message, { cause })
    : new RunError('SERVER_UNREACHABLE', message, { cause })
}

const untrusted =
  'its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS if it is your own'

function isCertificateProblem(code: string): boolean {
  return code.includes('CERT') || code.startsWith('UNABLE_TO_') || code.startsWith('ERR_TLS')
}

function errorCodeOf(cause: unknown): string {
  const code = isRecord(cause) ? cause['code'] : undefined
  return typeof code === 'string' ? code : ''
}

/** The error for an answer that is not the one hoped for. Shows no body but JSON's `message`. */
export function responseError(purpose: string, url: URL, answer: JupyterResponse): RunError {
  const [code, reason] = verdictOf(answer, url)
  return new RunError(code, `Cannot ${purpose}: ${reason}`)
}

function verdictOf(answer: JupyterResponse, url: URL): readonly [ErrorCode, string] {
  const { status } = answer
  if (status === 401 || status === 403) return forbidden(answer, url)
  if (status >= 300 && status < 400) return redirected(answer, url)
  if (status === 424) {
    return ['SERVER_UNREACHABLE', `JupyterHub says that this user's server is not running (424)`]
  }
  if (status === 429 || status >= 500) {
    return ['SERVER_UNREACHABLE', `${url.host} answers ${status}${serverMessage(answer)}`]
  }
  return [
    'SERVER_NOT_JUPYTER',
    `${url.host} answers ${status}${serverMessage(answer)} where a Jupyter Server would not; ` +
      'check the host and --base-url',
  ]
}

function forbidden(answer: JupyterResponse, url: URL): readonly [ErrorCode, string] {
  const { status } = answer
  if (mentionsXsrf(answer)) {
    return [
      'TOKEN_REFUSED',
      `the Jupyter Server does not know the token and refuses the call as a cross-site request ` +
        `(${status}${serverMessage(answer)}); start it with a token, or with --ServerApp.disable_check_xsrf=True`,
    ]
  }
  if (answer.json !== undefined) {
    return [
      'TOKEN_REFUSED',
      `the Jupyter Server refuses the token (${status}${serverMessage(answer)}); ` +
        "JUPYTER_TOKEN must be the server's token",
    ]
  }
  if (isGoogle(answer)) return ['IAM_REFUSED', iamReason(answer, url)]
  return [
    'SERVER_NOT_JUPYTER',
    `something in front of ${url.host} refuses the call (${status}) with a page of its own`,
  ]
}

function redirected(answer: JupyterResponse, url: URL): readonly [ErrorCode, string] {
  const target = targetOf(answer, url)
  if (target === null) return ['SERVER_NOT_JUPYTER', `it answers ${answer.status} to nowhere`]
  const place = `${target.origin}${target.pathname}`
  if (target.hostname === 'accounts.google.com') {
    return ['IAM_REFUSED', 'it redirects to the login of Google; the service has IAP in front']
  }
  if (target.protocol === 'https:' && url.protocol === 'http:') {
    return ['SERVER_NOT_JUPYTER', `it redirects to ${place}; add --use-https`]
  }
  if (/\/(hub|login)\b/.test(target.pathname)) {
    return [
      'TOKEN_REFUSED',
      `it redirects to a login page (${place}); check JUPYTER_TOKEN and --base-url`,
    ]
  }
  return [
    'SERVER_NOT_JUPYTER',
    `it redirects to ${place}, and redirects are never followed; name the right host and --base-url`,
  ]
}

function targetOf(answer: JupyterResponse, url: URL): URL | null {
  return answer.location !== null && URL.canParse(answer.location, url.href)
    ? new URL(answer.location, url)
    : null
}

/** What a JSON answer says about itself, short and on one line: ": Forbidden". */
export function serverMessage(answer: JupyterResponse): string {
  const message = isRecord(answer.json) ? answer.json['message'] : undefined
  if (typeof message !== 'string' || message === '') return ''
  return `: ${cutText(plainText(message).replaceAll(/\s+/g, ' ').trim(), 300)}`
}

/** Whether the `Server` header is that of Google's front end, which stands before Cloud Run. */
function isGoogle({ serverName }: JupyterResponse): boolean {
  return /google|gfe|gse/i.test(serverName)
}

/** What its 401 or 403 means, and what to do. */
function iamReason(answer: JupyterResponse, url: URL): string {
  const { status } = answer
  return `Google Cloud refuses the call before Jupyter sees it (${status}); ${advice(answer, url)}`
}

/** 401 is for a token that is not good there, 403 for an account that may not call, or no token. */
function advice({ account, status }: JupyterResponse, { host }: URL): string {
  if (account === null) {
    return (
      'set NBTRIGGER_AUTH=iam to send a Google ID token along, which the service asks for, or on a ' +
      'laptop open the service with "gcloud run services proxy" and call localhost'
    )
  }
  if (status === 403) {
    return `give "${account}" the role roles/run.invoker on the service behind ${host}`
  }
  return (
    `it does not take the ID token of "${account}" for ${host}; call the service by its own ` +
    'address under run.app, or make this one a custom audience of it'
  )
}

/** A call without effect: the server refused it (3xx, 4xx), or no connection came about. */
export class NotTaken extends RunError {}

/** Whether a call that failed with this error has changed nothing on the server for sure. */
export function hadNoEffect(error: unknown): boolean {
  const { code } = asRunError(error)
  // Without its ID token a call does not go out, and with a wrong one it does not reach Jupyter.
  return error instanceof NotTaken || code === 'IAM_REFUSED' || code === 'IAM_UNREACHABLE'
}
