/** What the server said, whatever it said. */
export interface Answer {
  readonly status: number
  /** undefined when the body is not JSON; the text of a refusal is never kept: it may hold the token. */
  readonly json: unknown
  /** Of a good answer to a call that wants text. */
  readonly text?: string
  readonly isHtml: boolean
  readonly location: string | null
  /** The `Set-Cookie` headers. */
  readonly setCookies: readonly string[]
  /** The `Server` header. */
  readonly serverName: string
  /** The Google account whose ID token went along; null without one. */
  readonly account: string | null
}
