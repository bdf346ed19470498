import type { IdTokenClient } from 'google-auth-library'
import { RunError } from '../errors.ts'
import { deadline, until } from '../lifetime.ts'
import type { Credentials } from './credentials.ts'
import { idTokenRefusal } from './id_token_refusal.ts'
import { isRecord } from './json.ts'

/** Cloud Run looks here first, and leaves `Authorization` to Jupyter. */
const header = 'X-Serverless-Authorization'

const bearer = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/

/** Shorter than any call may take, so that the right one of the two is blamed. */
const mintMs = 8_000

export interface IdTokenUse {
  /** The service that the token is for, and no other takes it. */
  readonly audience: string
  /** Is told of every secret that goes out. */
  readonly learn: (secrets: readonly string[]) => void
}

/**
 * `credentials` with a Google ID token beside them, probes too: Cloud Run asks for one before
 * Jupyter sees the call. It is asked for anew for every call, and fetched only near its expiry.
 */
export function withIdToken(
  credentials: Credentials,
  { audience, learn }: IdTokenUse,
): Credentials {
  let client: IdTokenClient | null = null
  const fetchToken = async () => {
    client ??= await openClient(audience)
    const headers = await client.getRequestHeaders()
    const [, token] = bearer.exec(headers.get('authorization') ?? '') ?? []
    if (token === undefined) throw new TypeError('Cannot find an ID token in what came')
    return token
  }
  return async (purpose, signal) => {
    const token = await minted(fetchToken, audience, signal)
    learn(partsOf(token))
    return { ...(await credentials(purpose, signal)), [header]: `Bearer ${token}` }
  }
}

/** The account whose ID token is among the headers; null without one. */
export function accountOf(headers: Readonly<Record<string, string>>): string | null {
  const claims = headers[header]?.split('.')[1]
  if (claims === undefined) return null
  const json: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString())
  const email = isRecord(json) ? (json['email'] ?? json['sub']) : undefined
  return typeof email === 'string' ? email : 'the caller'
}

/** With a project's id the library does not look for one, which takes a shell and more questions. */
const authOptions = { projectId: 'not-needed' }

async function openClient(audience: string): Promise<IdTokenClient> {
  const { GoogleAuth } = await import('google-auth-library')
  return await new GoogleAuth(authOptions).getIdTokenClient(audience)
}

async function minted(
  fetchToken: () => Promise<string>,
  audience: string,
  signal: AbortSignal,
): Promise<string> {
  using limit = deadline(mintMs, () => tooSlow(audience), signal)
  try {
    return await until(fetchToken(), limit.signal)
  } catch (cause) {
    limit.signal.throwIfAborted()
    throw idTokenRefusal(audience, cause)
  }
}

/** The whole, and what a service gets to see of it: Cloud Run takes the signature away. */
function partsOf(token: string): readonly string[] {
  const [, claims = '', signature = ''] = token.split('.')
  return [token, claims, signature]
}

function tooSlow(audience: string): RunError {
  return new RunError(
    'IAM_UNREACHABLE',
    `Cannot get a Google ID token for "${audience}": Google did not answer within ${mintMs / 1000} s`,
  )
}
