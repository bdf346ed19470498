import { tokenCredentials } from './jupyter/credentials.ts'
import { JupyterServer } from './jupyter/server.ts'
import type { RunRequest } from './request/run_request.ts'

/** The server that a request names, with the credentials that open it. */
export function openServer({ server, token }: RunRequest): JupyterServer {
  return new JupyterServer(server, tokenCredentials(token))
}
