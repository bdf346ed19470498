import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import fetch, { type Response } from 'node-fetch'
import pRetry from 'p-retry'
import { type ErrorCode, isTemporary, RunError } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import { jsonText, tryParseJson } from '../util/json.ts'
import { type Credentials, SessionCookies, XsrfToken } from './credentials.ts'
import { accountOf } from './id_token.ts'
import { type JupyterResponse, responseError, unreachable } from './response_error.ts'

/** Calls one Jupyter Server's REST API as one session; each API of the server has a class above it. */
export class RestClient {
  /** The server's address with its base URL, ending in a slash. */
  readonly url: URL
  /** The headers of every call, the WebSocket's too. */
  readonly credentials: Credentials
  /** Whether the server accepts requests although it does not know the token; false until that is known. */
  isOpen = false
  /** The error for credentials that are waited for at this moment; null where none are. */
  readonly credentialsLate: (time: string) => RunError | null
  readonly #cookies = new SessionCookies()
  readonly #xsrf = new XsrfToken()

  /** `credentialsLate` gives the error for credentials that did not come within a time, as "8 s". */
  constructor(
    url: URL,
    credentials: Credentials,
    credentialsLate: (time: string) => RunError | null = () => null,
  ) {
    this.url = url
    this.credentialsLate = credentialsLate
    this.credentials = this.#xsrf.addTo(this.#cookies.addTo(credentials))
  }

  /**
   * Makes a call to `path`, which is relative to the base URL, and returns the response whatever its
   * status. A response that asks for an XSRF token is followed by a second call with one. Throws
   * SERVER_UNREACHABLE, SERVER_NOT_FOUND or TLS_FAILED when there is no response in time, the code of
   * `call.limit` for one that is too large, and the reason of the signal.
   */
  async call(path: string, call: Call, signal: AbortSignal): Promise<JupyterResponse> {
    const url = new URL(path, this.url)
    const response = await callServer(url, this.credentials, call, signal)
    this.#cookies.update(response.setCookies, call.probe ?? false)
    if (!this.#xsrf.isRequiredBy(response)) return response
    const second = await callServer(url, this.credentials, call, signal) // the first did nothing
    this.isOpen = second.status < 400
    return second
  }

  /**
   * As `call()`, for a call that may be made several times without harm: after a temporary error, or a
   * status of 429 or 5xx, it is repeated up to `retries` times, and the last error is thrown.
   */
  async callIdempotent(
    path: string,
    call: Call,
    { signal, retries = 2 }: { readonly signal: AbortSignal; readonly retries?: number },
  ): Promise<JupyterResponse> {
    const attempt = async () => {
      const response = await this.call(path, call, signal)
      if (response.status === 429 || response.status >= 500) throw this.error(call, response)
      return response
    }
    return await pRetry(attempt, {
      retries,
      minTimeout: 300,
      shouldRetry: ({ error }) => isTemporary(error),
      signal,
    })
  }

  /**
   * The body of a successful response as text, in chunks as they arrive. `createError` makes the error
   * to throw for any other response. Throws SERVER_UNREACHABLE when no chunk arrives for the call's
   * time limit.
   */
  async *stream(
    path: string,
    call: Call,
    { createError, signal }: StreamOptions,
  ): AsyncGenerator<string> {
    const url = new URL(path, this.url)
    const timeoutMs = call.timeoutMs ?? requestTimeoutMs
    let hasBegun = false
    using limit = deadline(timeoutMs, () => tooSlow(call, url, { timeoutMs, hasBegun }), signal)
    const headers = await headersOf(call, this.credentials, limit.signal)
    const decoder = new TextDecoder()
    try {
      const response = await fetchOnce(url, call, { headers, signal: limit.signal })
      hasBegun = true
      if (!response.ok) {
        const answer = await readResponse(response, call, url)
        throw await createError({ ...answer, account: accountOf(headers) })
      }
      for await (const chunk of response.body ?? []) {
        limit.restart()
        yield decoder.decode(Buffer.from(chunk), { stream: true })
      }
    } catch (cause) {
      limit.signal.throwIfAborted()
      throw cause instanceof RunError ? cause : unreachable(call.purpose, url, cause)
    }
  }

  /** The error for a response that is not the expected one, as `responseError()` makes it. */
  error(call: Call, response: JupyterResponse): RunError {
    return responseError(call.purpose, this.url, response)
  }
}

export interface Call {
  /** What the request is for, after "Cannot " in messages: "read the notebook". */
  readonly purpose: string
  /** "GET" by default. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent without the Jupyter token. */
  readonly probe?: boolean
  /** For the whole call, with the credentials and the response's body; 30 s by default. */
  readonly timeoutMs?: number
  /** Keeps the body of a successful response as `text`. */
  readonly wantsText?: true
  /** How large a successful response may be; `responseLimits.model` by default. */
  readonly limit?: ResponseLimit
}

interface StreamOptions {
  readonly createError: (response: JupyterResponse) => RunError | Promise<RunError>
  readonly signal: AbortSignal
}

const requestTimeoutMs = 30_000

// With keep-alive, node-fetch sometimes reports a premature end of chunked responses.
const httpAgent = new HttpAgent({ keepAlive: false })
const httpsAgent = new HttpsAgent({ keepAlive: false })

/**
 * Makes one request to any address, with the headers of `credentials`. Redirects are not followed: they
 * would take the token to another host. Throws as `RestClient.call()`.
 */
export async function callServer(
  url: URL,
  credentials: Credentials,
  call: Call,
  signal: AbortSignal,
): Promise<JupyterResponse> {
  const timeoutMs = call.timeoutMs ?? requestTimeoutMs
  let hasBegun = false
  using limit = deadline(timeoutMs, () => tooSlow(call, url, { timeoutMs, hasBegun }), signal)
  const headers = await headersOf(call, credentials, limit.signal)
  try {
    limit.signal.throwIfAborted() // nothing handles node-fetch's error for a body that was not sent
    const response = await fetchOnce(url, call, { headers, signal: limit.signal })
    hasBegun = true
    return { ...(await readResponse(response, call, url)), account: accountOf(headers) }
  } catch (cause) {
    limit.signal.throwIfAborted()
    if (cause instanceof RunError) throw cause
    throw unreachable(call.purpose, url, cause)
  }
}

async function fetchOnce(
  url: URL,
  { method = 'GET', body }: Call,
  { headers, signal }: { readonly headers: Record<string, string>; readonly signal: AbortSignal },
): Promise<Response> {
  return await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: jsonText(body) }),
    agent: url.protocol === 'https:' ? httpsAgent : httpAgent,
    redirect: 'manual',
    signal,
  })
}

async function headersOf(
  call: Call,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const content = call.body === undefined ? {} : { 'Content-Type': 'application/json' }
  return { ...content, ...(await credentials(call.probe ? 'probe' : 'call', signal)) }
}

async function readResponse(
  response: Response,
  call: Call,
  url: URL,
): Promise<Omit<JupyterResponse, 'account'>> {
  const text = await readText(response, call, url)
  const isHtml = (response.headers.get('content-type') ?? '').startsWith('text/html')
  const baseUrl = isHtml ? baseUrlIn(text) : undefined
  return {
    status: response.status,
    json: tryParseJson(text),
    ...(call.wantsText && response.ok ? { text } : {}),
    isHtml,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    location: response.headers.get('location'),
    setCookies: response.headers.raw()['set-cookie'] ?? [],
    serverName: response.headers.get('server') ?? '',
  }
}

/** The body of a successful response, or as much of another one as is of use. */
async function readText(response: Response, call: Call, url: URL): Promise<string> {
  const { limit = responseLimits.model } = call
  if (!response.ok) return (await readBody(response.body, maxErrorBytes)) ?? ''
  const text = await readBody(response.body, limit.bytes)
  if (text !== null) return text
  const size = `the answer of ${url.host} has more than ${sizeText(limit.bytes)}`
  throw new RunError(limit.code, `Cannot ${call.purpose}: ${size}`, { advice: limit.advice })
}

/** Jupyter's pages link to an icon that every server has at the same path below its base URL. */
function baseUrlIn(page: string): string | undefined {
  return /href="(\/[\w./~%@-]{0,200})static\/favicon\.ico/.exec(page)?.[1]
}

function tooSlow(
  call: Call,
  url: URL,
  { timeoutMs, hasBegun }: { readonly timeoutMs: number; readonly hasBegun: boolean },
): RunError {
  const what = hasBegun ? 'did not end its answer' : 'did not answer'
  return new RunError(
    'SERVER_UNREACHABLE',
    `Cannot ${call.purpose}: ${url.host} ${what} within ${timeoutMs / 1000} s`,
  )
}

/** The body as text; null when it has more than `maxBytes`, which then is not read further. */
async function readBody(
  body: AsyncIterable<string | Buffer> | null,
  maxBytes: number,
): Promise<string | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    const buffer = Buffer.from(part)
    bytes += buffer.length
    if (bytes > maxBytes) return null // leaving the loop destroys the stream, and so the connection
    parts.push(buffer)
  }
  return new TextDecoder().decode(Buffer.concat(parts))
}

interface ResponseLimit {
  readonly bytes: number
  /** The code of the error for a larger response. */
  readonly code: ErrorCode
  readonly advice: string
}

const KiB = 1024
const MiB = 1024 * KiB

/** No response of a Jupyter Server there is nearly as large. */
function notJupyter(bytes: number): ResponseLimit {
  return { bytes, code: 'SERVER_NOT_JUPYTER', advice: 'check the host and --base-url' }
}

/** How large a successful response may be, by what is requested. */
export const responseLimits = {
  version: notJupyter(64 * KiB),
  status: notJupyter(64 * KiB),
  /** A kernelspec has about 1 KiB, and as much as its author likes as metadata. */
  kernelspecs: notJupyter(16 * MiB),
  /** The model of one kernel, or of a file without its content. */
  model: notJupyter(1 * MiB),
  /** An entry has about 300 bytes. */
  folder: {
    bytes: 64 * MiB,
    code: 'NOTEBOOK_NOT_FOUND',
    advice: 'distribute the files over several folders',
  },
  notebook: {
    bytes: 128 * MiB,
    code: 'NOTEBOOK_INVALID',
    advice: 'clear its outputs in JupyterLab and save it',
  },
  /** What nbconvert makes of a notebook. */
  page: {
    bytes: 256 * MiB,
    code: 'OUTPUT_NOT_SAVED',
    advice: 'save the notebook as .ipynb, or keep less output with --max-output',
  },
} as const satisfies Record<string, ResponseLimit>

/** Of any other response, only a short message or an address in it is of use. */
const maxErrorBytes = 256 * KiB

/** "64 KiB", "16 MiB". */
function sizeText(bytes: number): string {
  return bytes < MiB ? `${bytes / KiB} KiB` : `${bytes / MiB} MiB`
}
