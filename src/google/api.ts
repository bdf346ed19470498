import type { AuthClient } from 'google-auth-library'
import pRetry from 'p-retry'
import { RunError } from '../errors.ts'
import { abortable, deadline } from '../util/abort.ts'
import { field, isRecord, textOf } from '../util/record.ts'
import { cutText, plainLine } from '../util/text.ts'

/** One call of an API of Google Cloud. */
export interface GoogleCall {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** A larger answer fails with the code TOO_LARGE. */
  readonly maxBytes?: number
}

export interface GoogleRetries {
  /** How often a call that failed for a transient reason is repeated. */
  readonly retries: number
  /** How long before the first repetition, in milliseconds; each of the others waits twice as long. */
  readonly minWaitMs: number
  readonly maxWaitMs: number
}

export interface GoogleCallOptions extends GoogleRetries {
  /** False for an emulator, which asks for no credentials. */
  readonly hasCredentials: boolean
}

/** The root of an API: `emulator` is the value of the variable that names one, or null. */
export function endpointOf(emulator: string | null, defaultUrl: string): URL {
  if (emulator === null) return new URL(defaultUrl)
  return new URL(/^https?:\/\//.test(emulator) ? emulator : `http://${emulator}`)
}

export interface GoogleResponse {
  readonly bytes: Buffer
  readonly headers: Headers
}

/** As `callGoogleForBytes()`; returns the text of the answer. */
export async function callGoogle(
  call: GoogleCall,
  options: GoogleCallOptions,
  signal: AbortSignal,
): Promise<string> {
  const { bytes } = await callGoogleForBytes(call, options, signal)
  return bytes.toString()
}

/**
 * Sends a call with the credentials of this machine, through a proxy that the environment names. Calls
 * that fail for a transient reason are repeated. Throws the signal's reason when that aborts; `codeOf()`
 * and `textOfFailure()` read what is thrown otherwise.
 */
export async function callGoogleForBytes(
  call: GoogleCall,
  { hasCredentials, retries, minWaitMs, maxWaitMs }: GoogleCallOptions,
  signal: AbortSignal,
): Promise<GoogleResponse> {
  try {
    return await pRetry(() => callOnce(call, hasCredentials, signal), {
      retries,
      minTimeout: minWaitMs,
      maxTimeout: maxWaitMs,
      randomize: true,
      shouldRetry: ({ error }) => isTransient(error),
      signal,
    })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** A call that has no answer by then is repeated. */
const maxCallMs = 60_000

async function callOnce(
  { method = 'GET', url, headers = {}, body, maxBytes }: GoogleCall,
  hasCredentials: boolean,
  signal: AbortSignal,
): Promise<GoogleResponse> {
  using limit = deadline(maxCallMs, tooSlow, signal)
  const options = {
    method,
    url,
    headers: { ...headers },
    ...(body !== undefined && { data: body }),
    ...(maxBytes !== undefined && { maxContentLength: maxBytes }),
    responseType: 'arraybuffer',
    signal: limit.signal,
  } as const
  try {
    const sender = await abortable(hasCredentials ? authorized() : anonymous(), limit.signal)
    const answer = await abortable(sender.request<ArrayBuffer>(options), limit.signal)
    return { bytes: Buffer.from(answer.data), headers: answer.headers } // an empty text without a body
  } catch (cause) {
    signal.throwIfAborted()
    if (limit.signal.aborted) throw noAnswer(cause)
    throw isTooLarge(cause) ? errorWithCode('the answer is too large', tooLarge, cause) : cause
  }
}

/** What is thrown where nothing has answered in time, which is transient. */
export function noAnswer(cause: unknown = null): Error {
  return errorWithCode('no answer in time', 'ETIMEDOUT', cause)
}

/** The code of what is thrown for an answer of more than `maxBytes`. */
export const tooLarge = 'TOO_LARGE'

/** gaxios looks at the length that is announced, and node-fetch counts. */
function isTooLarge(error: unknown): boolean {
  return /over (?:the )?limit/.test(textOf(error, 'message') ?? '') && codeOf(error) === ''
}

function tooSlow(): RunError {
  return new RunError('CANCELLED', 'Cannot wait longer for Google Cloud')
}

/** An error whose code `codeOf()` reads. */
export function errorWithCode(text: string, code: string, cause: unknown): Error {
  return Object.assign(new Error(text, { cause }), { code })
}

/** What sends a call. */
type Sender = Pick<AuthClient, 'request'>

/** One for the whole process: it keeps the access token, which is good for an hour. */
let client: Promise<AuthClient> | null = null

/** Throws an error with the code NO_CREDENTIALS where there are none that work. */
async function authorized(): Promise<Sender> {
  client ??= openClient()
  try {
    const opened = await client
    await opened.getAccessToken() // it asks for a new one near the end of the last one
    return opened
  } catch (cause) {
    client = null
    throw errorWithCode('no credentials', noCredentials, cause)
  }
}

const scopes = ['https://www.googleapis.com/auth/cloud-platform']

async function openClient(): Promise<AuthClient> {
  const { GoogleAuth } = await import('./auth_library.ts')
  // With a project id the library does not look for one, which would start a shell and call servers.
  return await new GoogleAuth({ scopes, projectId: 'not-needed' }).getClient()
}

async function anonymous(): Promise<Sender> {
  const { gaxios } = await import('./auth_library.ts')
  return gaxios.instance
}

/** The project of the credentials, or of the machine; throws where there is none. */
export async function findProject(signal: AbortSignal): Promise<string> {
  const { GoogleAuth } = await import('./auth_library.ts')
  return await abortable(new GoogleAuth({ scopes }).getProjectId(), signal)
}

/** The code of what is thrown where no credentials are found, or they give no token. */
export const noCredentials = 'NO_CREDENTIALS'

export const credentialsProblem = {
  what: 'there are no Google Cloud credentials that work',
  advice:
    'run "gcloud auth application-default login", or name a key in GOOGLE_APPLICATION_CREDENTIALS',
} as const

/** HTTP statuses, and errors of connections. */
const transientErrors = new Set(
  '408 429 500 502 503 504 ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN ERR_STREAM_PREMATURE_CLOSE'.split(
    ' ',
  ),
)

/** Whether the same call may go well a little later. */
export function isTransient(error: unknown): boolean {
  return transientErrors.has(codeOf(error))
}

/** The HTTP status of a failed call, the code of a failed connection, or NO_CREDENTIALS. */
export function codeOf(error: unknown): string {
  const code = isRecord(error) ? (error['status'] ?? error['code']) : null
  return typeof code === 'number' || typeof code === 'string' ? String(code) : ''
}

const maxText = 300

/** What Google, or the connection, says of a failed call, in one line. */
export function textOfFailure(error: unknown): string {
  const json = field(field(error, 'response'), 'data') // the library parses it in an error
  const said = textOf(field(json, 'error'), 'message')
  const text = said ?? textOf(error, 'message') ?? String(error)
  return cutText(plainLine(text), maxText)
}

/** As `textOfFailure()`, with the code before it where there is one; `what` is "Pub/Sub fails with". */
export function failureReason(error: unknown, what: string): string {
  const code = codeOf(error)
  return `${code === '' ? '' : `${what} ${code}: `}${textOfFailure(error)}`
}
