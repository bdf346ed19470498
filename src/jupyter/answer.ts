/** What the server said, whatever it said. */
export interface Answer {
  readonly status: number
  /** undefined when the body is not JSON; its text is never kept, since it may hold the token. */
  readonly json: unknown
  readonly isHtml: boolean
  readonly location: string | null
  /** The `Set-Cookie` headers. */
  readonly setCookies: readonly string[]
  /** The `Server` header. */
  readonly serverName: string
}
