import { randomUUID } from 'node:crypto'
import { parseSetCookie } from 'set-cookie-parser'
import { type JupyterResponse, mentionsXsrf } from './response_error.ts'

export type Headers = Readonly<Record<string, string>>

/**
 * The headers that authenticate a request. A `probe` is sent before the host has shown that it is a
 * Jupyter Server, so it carries no Jupyter token.
 */
export type Credentials = (purpose: 'probe' | 'call', signal: AbortSignal) => Promise<Headers>

/** `Authorization: token ...`, which every Jupyter Server since 1.0 accepts. */
export function tokenCredentials(token: string): Credentials {
  return async (purpose) => (purpose === 'call' ? { Authorization: `token ${token}` } : {})
}

/**
 * The cookies by which a load balancer, such as Cloud Run's, sends a session to the instance that has
 * its kernel. They come with the response to the probe, to which Jupyter adds no cookie of its own;
 * later responses may renew them, but add none.
 */
export class SessionCookies {
  readonly #cookies = new Map<string, string>()

  /** Takes the `Set-Cookie` headers of a response. */
  update(setCookies: readonly string[], isProbe: boolean): void {
    for (const { name, value } of parseSetCookie([...setCookies], { decodeValues: false })) {
      if (isProbe || this.#cookies.has(name)) this.#cookies.set(name, value)
    }
  }

  /** Adds the cookies to the headers of `credentials`. */
  addTo(credentials: Credentials): Credentials {
    return async (purpose, signal) => {
      const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
      const cookie = pairs.length === 0 ? {} : { Cookie: pairs.join('; ') }
      return { ...(await credentials(purpose, signal)), ...cookie }
    }
  }
}

/**
 * What a Jupyter Server's protection from cross-site requests requires of requests without a token
 * that it knows: the same value as cookie and header (`check_xsrf_cookie` of tornado). A page in a
 * browser cannot set the cookie; every other client may choose its value.
 */
export class XsrfToken {
  readonly #value = randomUUID().replaceAll('-', '')
  #isSent = false

  /** Whether the request that got this response has to be repeated, now with the value. */
  isRequiredBy(response: JupyterResponse): boolean {
    if (this.#isSent || !mentionsXsrf(response)) return false
    this.#isSent = true
    return true
  }

  /** Adds the value to the headers of `credentials` once it is required. */
  addTo(credentials: Credentials): Credentials {
    return async (purpose, signal) => {
      const headers = await credentials(purpose, signal)
      if (!this.#isSent) return headers
      const cookies = [headers['Cookie'] ?? [], `_xsrf=${this.#value}`].flat()
      return { ...headers, Cookie: cookies.join('; '), 'X-XSRFToken': this.#value }
    }
  }
}
