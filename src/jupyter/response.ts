import { plainText } from '../util/plain_text.ts'
import { isRecord } from '../util/record.ts'
import { cutText } from '../util/text.ts'

/** A response, whatever its status. */
export interface JupyterResponse {
  readonly status: number
  /** undefined when the body is not JSON. The text of a refusal is not kept: it may contain the token. */
  readonly json: unknown
  /** The body of a successful response to a call with `wantsText`. */
  readonly text?: string
  readonly isHtml: boolean
  /** The base URL of the server, where the response is one of Jupyter's pages, such as its 404. */
  readonly baseUrl?: string
  readonly location: string | null
  /** The `Set-Cookie` headers. */
  readonly setCookies: readonly string[]
  /** The `Server` header. */
  readonly serverName: string
  /** The Google account whose ID token was sent with the request; null without one. */
  readonly account: string | null
}

/** The `message` of a JSON response, short and on one line, for the end of a text: ": Forbidden". */
export function serverMessage({ json }: JupyterResponse): string {
  const message = isRecord(json) ? json['message'] : undefined
  if (typeof message !== 'string' || message === '') return ''
  return `: ${cutText(plainText(message).replaceAll(/\s+/g, ' ').trim(), 300)}`
}

/** Whether Jupyter refuses a call because of its protection from cross-site requests. */
export function mentionsXsrf({ status, json }: JupyterResponse): boolean {
  const message = isRecord(json) ? json['message'] : undefined
  return status === 403 && typeof message === 'string' && /xsrf/i.test(message)
}
