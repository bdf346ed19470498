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

/** The answer to the question who is there. */
export interface ProbeResponse extends JupyterResponse {
  /** null when it is no Jupyter Server that answers, or it does not tell everyone. */
  readonly version: string | null
}
