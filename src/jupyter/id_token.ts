import type { IdTokenClient } from 'google-auth-library'
import { type Reason, RunError } from '../errors.ts'
import { deadline, noop, abortable } from '../util/abort.ts'
import { isRecord } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import type { Credentials } from './credentials.ts'

/** Cloud Run looks here first, and leaves `Authorization` to Jupyter. */
const header = 'X-Serverless-Authorization'

const bearer = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/

/** Shorter than any call may take, so that the right one of the two is blamed. */
const mintMs = 8_000
/** By as much may two clocks differ. */
const clockSkewMs = 300_000

export interface IdTokenUse {
  /** The service that the token is for, and no other takes it. */
  readonly audience: string
  /** Is told of every secret that goes out. */
  readonly addSecrets: (secrets: readonly string[]) => void
  /** Is told when a token is waited for, and when no longer. */
  readonly onWaiting?: (isWaiting: boolean) => void
}

/**
 * `credentials` with a Google ID token beside them, probes too: Cloud Run asks for one before
 * Jupyter sees the call. It is asked for anew for every call, and fetched only near its expiry.
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
      client = null // it keeps what it was given
      throw error
    }
  }
  return async (purpose, signal) => {
    const token = await minted(fetchToken, { audience, onWaiting }, signal)
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

/** What a token says; null where it cannot be read. */
function claimsOf(token: string): Readonly<Record<string, unknown>> | null {
  try {
    const json: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return isRecord(json) ? json : null
  } catch {
    return null
  }
}

/** With a project's id the library does not look for one, which takes a shell and more questions. */
const authOptions = { projectId: 'not-needed' }

async function openClient(audience: string): Promise<IdTokenClient> {
  const { GoogleAuth } = await import('google-auth-library')
  return await new GoogleAuth(authOptions).getIdTokenClient(audience)
}

async function minted(
  fetchToken: () => Promise<string>,
  { audience, onWaiting }: Required<Pick<IdTokenUse, 'audience' | 'onWaiting'>>,
  signal: AbortSignal,
): Promise<string> {
  using limit = deadline(mintMs, () => tokenTooSlow(audience, `${mintMs / 1000} s`), signal)
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

/** Google's token for the audience, and for no other: whoever gets it could use it there. */
async function checkedToken(client: IdTokenClient, audience: string): Promise<string> {
  const token = await givenToken(client, audience)
  const claims = claimsOf(token)
  if (claims === null) throw notGiven(audience, null)
  const { aud, exp } = claims
  if (aud !== audience) throw notUsable(audience, `it is for ${quoteForError(String(aud))}`)
  if (typeof exp !== 'number') throw notUsable(audience, 'it does not say until when it is good')
  if (exp * 1000 + clockSkewMs > Date.now()) return token
  const end = new Date(exp * 1000).toISOString()
  throw notUsable(audience, `it was good until ${end} by the clock of this machine`)
}

async function givenToken(client: IdTokenClient, audience: string): Promise<string> {
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

/** The whole, and what a service gets to see of it: Cloud Run takes the signature away. */
function partsOf(token: string): readonly string[] {
  const [, claims = '', signature = ''] = token.split('.')
  return [token, claims, signature]
}

/** The error for a token that did not come within `time`, as "8 s". */
export function tokenTooSlow(audience: string, time: string): RunError {
  return new RunError(
    'IAM_UNREACHABLE',
    `Cannot get a Google ID token for "${audience}": Google did not answer within ${time}`,
  )
}

/** Trouble on the way to whoever makes the tokens: the metadata server, or Google's own. */
const passing = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN ENOTFOUND EHOSTUNREACH ENETUNREACH TimeoutError'.split(
    ' ',
  ),
)

/** The error where google-auth-library threw `cause` before or while it asked for an ID token. */
function refusedByGoogle(audience: string, cause: unknown): RunError {
  return refusalOf(audience, cause) ?? refused(audience, { what: noCredentials, advice }, cause)
}

/** The error where there are credentials, and what came for them is no ID token. */
function notGiven(audience: string, cause: unknown): RunError {
  const known = refusalOf(audience, cause)
  if (known !== null) return known
  const reason = {
    what: `what answered in the place of Google's metadata server or token service gave none`,
    advice: 'see what GCE_METADATA_HOST or a proxy leads to',
  }
  return refused(audience, reason, cause)
}

/** The error for an ID token that would be of no use, or of use to somebody else. */
function notUsable(audience: string, reason: string): RunError {
  const message = `Cannot use the Google ID token that came for "${audience}": ${reason}`
  return new RunError('IAM_REFUSED', message, {
    advice: 'check its issuer and the clock of this machine',
  })
}

/** What Google or the network said; null when it was neither. */
function refusalOf(audience: string, cause: unknown): RunError | null {
  const { status, code } = problemOf(cause)
  const isPassing = status === null ? passing.has(code) : status === 429 || status >= 500
  if (isPassing) {
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
