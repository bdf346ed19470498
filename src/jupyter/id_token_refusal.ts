import { RunError } from '../errors.ts'
import { isRecord } from './json.ts'

/** Trouble on the way to whoever makes the tokens: the metadata server, or Google's own. */
const passing = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN ENOTFOUND EHOSTUNREACH ENETUNREACH TimeoutError'.split(
    ' ',
  ),
)

/** The error for an ID token that did not come; `cause` is what google-auth-library threw. */
export function idTokenRefusal(audience: string, cause: unknown): RunError {
  const cannot = `Cannot get a Google ID token for "${audience}"`
  const { status, code } = problemOf(cause)
  const isPassing = status === null ? passing.has(code) : status === 429 || status >= 500
  if (isPassing) {
    const message = `${cannot}: Google gives none at the moment (${status ?? code})`
    return new RunError('IAM_UNREACHABLE', message, { cause })
  }
  const reason =
    status === null ? 'there are no credentials here that get one' : `Google refuses (${status})`
  return new RunError('IAM_REFUSED', `${cannot}: ${reason}; ${advice}`, { cause })
}

const advice =
  'run on Google Cloud as a service account, name the key of one in ' +
  'GOOGLE_APPLICATION_CREDENTIALS, open the service with "gcloud run services proxy" and call ' +
  'localhost, or set NBTRIGGER_AUTH=none if the service is open to everyone'

function problemOf(cause: unknown): { readonly status: number | null; readonly code: string } {
  const { status, code } = isRecord(cause) ? cause : {}
  return {
    status: typeof status === 'number' ? status : null,
    code: typeof code === 'string' ? code : '',
  }
}
