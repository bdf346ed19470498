type Headers = Readonly<Record<string, string>>

/**
 * The headers that open the server. A `probe` is the question whether anybody is there: it goes out
 * before the host has shown that it is a Jupyter Server, so it carries no Jupyter token.
 */
export type Credentials = (purpose: 'probe' | 'call', signal: AbortSignal) => Promise<Headers>

/** `Authorization: token ...`: the one form that every Jupyter Server since 1.0 reads. */
export function tokenCredentials(token: string): Credentials {
  return async (purpose) => (purpose === 'call' ? { Authorization: `token ${token}` } : {})
}
