import { tokenCredentials } from './jupyter/credentials.ts'
import { withIdToken } from './jupyter/id_token.ts'
import { JupyterServer } from './jupyter/server.ts'
import type { Redactor } from './report/redact.ts'
import type { RunRequest } from './request/run_request.ts'

/** The server that a request names, with the credentials that open it. */
export function openServer(
  { server, token, idTokenAudience: audience }: RunRequest,
  { learn }: Pick<Redactor, 'learn'>,
): JupyterServer {
  const credentials = tokenCredentials(token)
  if (audience === null) return new JupyterServer(server, credentials)
  return new JupyterServer(server, withIdToken(credentials, { audience, learn }))
}
