import { parseSetCookie } from 'set-cookie-parser'
import type { Credentials } from './credentials.ts'

/**
 * The cookies by which a load balancer, as Cloud Run's, finds the instance again that has our
 * kernel. They come with the answer to the probe, which Jupyter gives no cookie of its own; later
 * answers may renew them, but add none.
 */
export class Affinity {
  readonly #cookies = new Map<string, string>()

  learn(setCookies: readonly string[], isProbe: boolean): void {
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
