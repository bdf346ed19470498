import { plainText } from '../util/plain_text.ts'
import { isRecord } from '../util/record.ts'
import { cutText } from '../util/text.ts'

/** What the server said, whatever it said. */
export interface JupyterResponse {
  readonly status: number
  /** undefined when the body is not JSON; the text of a refusal is never kept: it may hold the token. */
  readonly json: unknown
  /** Of a good answer to a call that wants text. */
  readonly text?: string
  readonly isHtml: boolean
  /** Of one of Jupyter's own pages, as its 404 is: the base URL that the server has. */
  readonly baseUrl?: string
  readonly location: string | null
  /** The `Set-Cookie` headers. */
  readonly setCookies: readonly string[]
  /** The `Server` header. */
  readonly serverName: string
  /** The Google account whose ID token went along; null without one. */
  readonly account: string | null
}

/** What a JSON answer says about itself, short and on one line: ": Forbidden". */
export function serverMessage(answer: JupyterResponse): string {
  const message = isRecord(answer.json) ? answer.json['message'] : undefined
  if (typeof message !== 'string' || message === '') return ''
  return `: ${cutText(plainText(message).replaceAll(/\s+/g, ' ').trim(), 300)}`
}

/** Whether Jupyter refuses a call because of its protection from cross-site requests. */
export function mentionsXsrf({ status, json }: JupyterResponse): boolean {
  const message = isRecord(json) ? json['message'] : undefined
  return status === 403 && typeof message === 'string' && /xsrf/i.test(message)
}
