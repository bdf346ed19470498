import { randomUUID } from 'node:crypto'
import type { Answer } from './answer.ts'
import type { Credentials } from './credentials.ts'
import { isRecord } from './json.ts'

/**
 * The answer to a Jupyter Server's protection from cross-site requests, which it demands of calls
 * that it does not know by a token: the same value as cookie and header (`check_xsrf_cookie` of
 * tornado). A browser's page cannot set the cookie; every other client may choose its value.
 */
export class XsrfToken {
  readonly #value = randomUUID().replaceAll('-', '')
  #isSent = false

  /** Whether the call that was answered so is worth another attempt, with the value this time. */
  isAskedFor(answer: Answer): boolean {
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

/** Whether Jupyter refuses a call because of its protection from cross-site requests. */
export function mentionsXsrf({ status, json }: Answer): boolean {
  const message = isRecord(json) ? json['message'] : undefined
  return status === 403 && typeof message === 'string' && /xsrf/i.test(message)
}
