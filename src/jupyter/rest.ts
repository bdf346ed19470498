import pRetry from 'p-retry'
import { isTemporary, type RunError } from '../errors.ts'
import { type Credentials, SessionCookies, XsrfToken } from './credentials.ts'
import type { JupyterResponse } from './response.ts'
import { responseError } from './response_error.ts'
import { type Call, callServer } from './rest_call.ts'

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
   * status. Throws a RunError when there is none in time.
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
   * A call that may be made twice without harm: temporary errors, a status of 429 or 5xx among them,
   * are given `retries` more chances, and thrown after the last one.
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

  /** The error for a response that is not the expected one. */
  error(call: Call, response: JupyterResponse): RunError {
    return responseError(call.purpose, this.url, response)
  }
}
