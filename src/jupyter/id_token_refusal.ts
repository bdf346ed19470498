import { RunError } from '../errors.ts'
import { isRecord } from './json.ts'

/** Trouble on the way to whoever makes the tokens: the metadata server, or Google's own. */
const passing = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN ENOTFOUND EHOSTUNREACH ENETUNREACH TimeoutError'.split(
    ' ',
  ),
)

/** The error where google-auth-library threw `cause` before or while it asked for an ID token. */
export function refusedByGoogle(audience: string, cause: unknown): RunError {
  return refusalOf(audience, cause) ?? refused(audience, `${noCredentials}; ${advice}`, cause)
}

/** The error where there are credentials, and what came for them is no ID token. */
export function notGiven(audience: string, cause: unknown): RunError {
  const known = refusalOf(audience, cause)
  if (known !== null) return known
  const reason = `what answered in the place of Google's metadata server or token service gave none`
  return refused(audience, `${reason}; see what GCE_METADATA_HOST or a proxy leads to`, cause)
}

/** The error for an ID token that would be of no use, or of use to somebody else. */
export function notUsable(audience: string, reason: string): RunError {
  const message = `Cannot use the Google ID token that came for "${audience}": ${reason}`
  return new RunError('IAM_REFUSED', `${message}; check its issuer and the clock of this machine`)
}

/** What Google or the network said; null when it was neither. */
function refusalOf(audience: string, cause: unknown): RunError | null {
  const { status, code } = problemOf(cause)
  const isPassing = status === null ? passing.has(code) : status === 429 || status >= 500
  if (isPassing) {
    const message = `${cannotGet(audience)}: Google gives none at the moment (${status ?? code})`
    return new RunError('IAM_UNREACHABLE', message, { cause })
  }
  return status === null ? null : refused(audience, `Google refuses (${status}); ${advice}`, cause)
}

function refused(audience: string, reason: string, cause: unknown): RunError {
  return new RunError('IAM_REFUSED', `${cannotGet(audience)}: ${reason}`, { cause })
}

function cannotGet(audience: string): string {
  return `Cannot get a Google ID token for "${audience}"`
}

const noCredentials = 'there are no credentials here that get one'

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
