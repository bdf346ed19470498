import { randomUUID } from 'node:crypto'
import { parseSetCookie } from 'set-cookie-parser'
import { type JupyterResponse, mentionsXsrf } from './response.ts'

export type Headers = Readonly<Record<string, string>>

/**
 * The headers that open the server. A `probe` is the question whether anybody is there: it goes out
 * before the host has shown that it is a Jupyter Server, so it carries no Jupyter token.
 */
export type Credentials = (purpose: 'probe' | 'call', signal: AbortSignal) => Promise<Headers>

/** `Authorization: token ...`: the one form that every Jupyter Server since 1.0 reads. */
export function tokenCredentials(token: string): Credentials {
  return async (purpose) => (purpose === 'call' ? { Authorization: `token ${token}` } : {})
}

/**
 * The cookies by which a load balancer, as Cloud Run's, finds the instance again that has our
 * kernel. They come with the answer to the probe, which Jupyter gives no cookie of its own; later
 * answers may renew them, but add none.
 */
export class SessionCookies {
  readonly #cookies = new Map<string, string>()

  /** Keeps the cookies of a response; see above for which. */
  update(setCookies: readonly string[], isProbe: boolean): void {
    for (const { name, value } of parseSetCookie([...setCookies], { decodeValues: false })) {
      if (isProbe || this.#cookies.has(name)) this.#cookies.set(name, value)
    }
  }

  /** `credentials` with the cookies beside them. */
  beside(credentials: Credentials): Credentials {
    return async (purpose, signal) => {
      const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
      const cookie = pairs.length === 0 ? {} : { Cookie: pairs.join('; ') }
      return { ...(await credentials(purpose, signal)), ...cookie }
    }
  }
}

/**
 * The answer to a Jupyter Server's protection from cross-site requests, which it demands of calls
 * that it does not know by a token: the same value as cookie and header (`check_xsrf_cookie` of
 * tornado). A browser's page cannot set the cookie; every other client may choose its value.
 */
export class XsrfToken {
  readonly #value = randomUUID().replaceAll('-', '')
  #isSent = false

  /** Whether the call that was answered so is worth another attempt, with the value this time. */
  isAskedFor(answer: JupyterResponse): boolean {
    if (this.#isSent || !mentionsXsrf(answer)) return false
    this.#isSent = true
    return true
  }

  /** `credentials` with the value beside them once it was asked for. */
  beside(credentials: Credentials): Credentials {
    return async (purpose, signal) => {
      const headers = await credentials(purpose, signal)
      if (!this.#isSent) return headers
      const cookies = [headers['Cookie'] ?? [], `_xsrf=${this.#value}`].flat()
      return { ...headers, Cookie: cookies.join('; '), 'X-XSRFToken': this.#value }
    }
  }
}
