import type { IdTokenClient } from 'google-auth-library'
import { type Reason, RunError } from '../errors.ts'
import { deadline, noop, abortable } from '../util/abort.ts'
import { isRecord } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import type { Credentials } from './credentials.ts'

/** Cloud Run reads this header first, and leaves `Authorization` to Jupyter. */
const header = 'X-Serverless-Authorization'

const bearer = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/

/** Shorter than the limit of any request, so that the error names the token and not the server. */
const fetchMs = 8_000
/** How much two clocks may differ. */
const clockSkewMs = 300_000

export interface IdTokenUse {
  /** The service that the token is for; no other accepts it. */
  readonly audience: string
  /** Called with every token before it is sent, to have it masked. */
  readonly addSecrets: (secrets: readonly string[]) => void
  /** Called when waiting for a token begins and ends. */
  readonly onWaiting?: (isWaiting: boolean) => void
}

/**
 * Adds a Google ID token to the headers of `credentials`, of probes too: Cloud Run requires one before
 * Jupyter gets the request. The library caches it, and fetches a new one near its expiry.
 */
export function withIdToken(
  credentials: Credentials,
  { audience, addSecrets, onWaiting = noop }: IdTokenUse,
): Credentials {
  let client: IdTokenClient | null = null
  const fetchToken = async () => {
    client ??= await openClient(audience)
    try {
      return await checkedToken(client, audience)
    } catch (error) {
      client = null // it caches the token
      throw error
    }
  }
  return async (purpose, signal) => {
    const token = await fetchInTime(fetchToken, { audience, onWaiting }, signal)
    addSecrets(partsOf(token))
    return { ...(await credentials(purpose, signal)), [header]: `Bearer ${token}` }
  }
}

/** The account whose ID token is among the headers; null without one. */
export function accountOf(headers: Readonly<Record<string, string>>): string | null {
  const token = headers[header]
  if (token === undefined) return null
  const claims = claimsOf(token)
  const email = claims?.['email'] ?? claims?.['sub']
  return typeof email === 'string' ? email : 'the caller'
}

/** The claims of a JWT; null when it cannot be read. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | null {
  try {
    const json: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return isRecord(json) ? json : null
  } catch {
    return null
  }
}

/** With a project id the library does not look for one, which would start a shell and call servers. */
const authOptions = { projectId: 'not-needed' }

async function openClient(audience: string): Promise<IdTokenClient> {
  const { GoogleAuth } = await import('../google/auth_library.ts')
  return await new GoogleAuth(authOptions).getIdTokenClient(audience)
}

async function fetchInTime(
  fetchToken: () => Promise<string>,
  { audience, onWaiting }: Required<Pick<IdTokenUse, 'audience' | 'onWaiting'>>,
  signal: AbortSignal,
): Promise<string> {
  using limit = deadline(fetchMs, () => tokenTooSlow(audience, `${fetchMs / 1000} s`), signal)
  onWaiting(true)
  try {
    return await abortable(fetchToken(), limit.signal)
  } catch (cause) {
    limit.signal.throwIfAborted()
    throw cause instanceof RunError ? cause : refusedByGoogle(audience, cause)
  } finally {
    onWaiting(false)
  }
}

/** A token for this audience only: the server could use one for another audience there. */
async function checkedToken(client: IdTokenClient, audience: string): Promise<string> {
  const token = await requestToken(client, audience)
  const claims = claimsOf(token)
  if (claims === null) throw notGiven(audience, null)
  const { aud, exp } = claims
  if (aud !== audience) throw notUsable(audience, `it is for ${quoteForError(String(aud))}`)
  if (typeof exp !== 'number') throw notUsable(audience, 'it has no expiry')
  if (exp * 1000 + clockSkewMs > Date.now()) return token
  const end = new Date(exp * 1000).toISOString()
  throw notUsable(audience, `it expired at ${end} by the clock of this machine`)
}

async function requestToken(client: IdTokenClient, audience: string): Promise<string> {
  let headers: Headers
  try {
    headers = await client.getRequestHeaders()
  } catch (cause) {
    throw notGiven(audience, cause)
  }
  const [, token] = bearer.exec(headers.get('authorization') ?? '') ?? []
  if (token === undefined) throw notGiven(audience, null)
  return token
}

/** The token and what a service sees of it: Cloud Run removes the signature. */
function partsOf(token: string): readonly string[] {
  const [, claims = '', signature = ''] = token.split('.')
  return [token, claims, signature]
}

/** The error for a token that took longer than `time`, as "8 s". */
export function tokenTooSlow(audience: string, time: string): RunError {
  return new RunError(
    'IAM_UNREACHABLE',
    `Cannot get a Google ID token for "${audience}": Google did not answer within ${time}`,
  )
}

/** Temporary errors of the connection to the metadata server or to Google's token service. */
const transientErrors = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN ENOTFOUND EHOSTUNREACH ENETUNREACH TimeoutError'.split(
    ' ',
  ),
)

/** The error when google-auth-library throws `cause` before or while it requests an ID token. */
function refusedByGoogle(audience: string, cause: unknown): RunError {
  return knownError(audience, cause) ?? refused(audience, { what: noCredentials, advice }, cause)
}

/** The error when there are credentials, but the response to them is not an ID token. */
function notGiven(audience: string, cause: unknown): RunError {
  const known = knownError(audience, cause)
  if (known !== null) return known
  const reason = {
    what: `what answered in the place of Google's metadata server or token service gave none`,
    advice: 'see what GCE_METADATA_HOST or a proxy leads to',
  }
  return refused(audience, reason, cause)
}

/** The error for an ID token that has expired or is for another audience. */
function notUsable(audience: string, reason: string): RunError {
  const message = `Cannot use the Google ID token that came for "${audience}": ${reason}`
  return new RunError('IAM_REFUSED', message, {
    advice: 'check its issuer and the clock of this machine',
  })
}

/** The error when Google refused or the network failed; null otherwise. */
function knownError(audience: string, cause: unknown): RunError | null {
  const { status, code } = problemOf(cause)
  const isTransient = status === null ? transientErrors.has(code) : status === 429 || status >= 500
  if (isTransient) {
    const message = `${cannotGet(audience)}: Google gives none at the moment (${status ?? code})`
    return new RunError('IAM_UNREACHABLE', message, { cause })
  }
  return status === null
    ? null
    : refused(audience, { what: `Google refuses (${status})`, advice }, cause)
}

function refused(audience: string, { what, advice = null }: Reason, cause: unknown): RunError {
  return new RunError('IAM_REFUSED', `${cannotGet(audience)}: ${what}`, { advice, cause })
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
