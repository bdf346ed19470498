import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { parseSetCookie } from 'set-cookie-parser'
import WebSocket from 'ws'

interface BrowserPlace {
  /** "127.0.0.1:PORT" of the server behind the proxy. */
  readonly target: string
  /** What the browser shows as its address, without a path: "http://localhost:8888". */
  readonly origin: string
  /** The name under which the proxy calls the server: "jupyter-1.run.app". */
  readonly host: string
}

export interface Page {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/**
 * A browser that reaches a server by `gcloud run services proxy`: its requests have the Origin and the
 * Referer of the local address, the Host of Cloud Run, and the cookies of earlier responses, but no
 * token.
 */
export class ProxiedBrowser {
  readonly #place: BrowserPlace
  readonly #cookies: Map<string, string>

  /** With the cookies that another one has by now, as for two pages of one browser. */
  constructor(place: BrowserPlace, other?: ProxiedBrowser) {
    this.#place = place
    this.#cookies = new Map(other === undefined ? [] : other.#cookies)
  }

  /** The value of a cookie; undefined if there is none. */
  cookie(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  /** A request of a page, with these headers besides; follows no redirection. */
  async request(
    method: string,
    path: string,
    { body, headers = {} }: { body?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Page> {
    const url = `http://${this.#place.target}${path}`
    return new Promise((resolve, reject) => {
      const all = { ...this.#headers(), ...headers }
      const sent = request(url, { method, headers: all, agent: false }, (response) => {
        this.#keep(response.headers['set-cookie'] ?? [])
        const { statusCode: status = 0, headers: received } = response
        text(response).then((page) => resolve({ status, headers: received, body: page }), reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  /** Sends a form with the token against cross-site requests that the page with the form has set. */
  async submit(path: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    const form = { _xsrf: this.cookie('_xsrf') ?? '', ...fields }
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    return this.request('POST', path, { body: new URLSearchParams(form).toString(), headers })
  }

  /** Opens a WebSocket and closes it: 101, or the status of the refusal. */
  async upgrade(path: string): Promise<number> {
    const socket = new WebSocket(`ws://${this.#place.target}${path}`, { headers: this.#headers() })
    const refused = once(socket, 'unexpected-response').then(([, response]) => {
      return Number(response.statusCode)
    })
    const status = await Promise.race([once(socket, 'open').then(() => 101), refused])
    socket.on('error', () => undefined).terminate()
    return status
  }

  #headers(): Record<string, string> {
    const { origin, host } = this.#place
    const cookies = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
    const cookie = cookies.length === 0 ? {} : { Cookie: cookies.join('; ') }
    return { Host: host, Origin: origin, Referer: `${origin}/lab`, ...cookie }
  }

  #keep(setCookies: readonly string[]): void {
    for (const { name, value } of parseSetCookie([...setCookies], { decodeValues: false })) {
      this.#cookies.set(name, value)
    }
  }
}
