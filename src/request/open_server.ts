import type { RunError } from '../errors.ts'
import { tokenCredentials } from '../jupyter/credentials.ts'
import { tokenTooSlow, withIdToken } from '../jupyter/id_token.ts'
import { JupyterServer } from '../jupyter/server.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { RunRequest } from './run_request.ts'

/** The server that a request names, with the credentials that open it. */
export function openServer(
  { server, token, idTokenAudience: audience }: RunRequest,
  { addSecrets }: Pick<Redactor, 'addSecrets'>,
): JupyterServer {
  const credentials = tokenCredentials(token)
  if (audience === null) return new JupyterServer(server, credentials)
  let isWaiting = false
  const onWaiting = (is: boolean) => void (isWaiting = is)
  const blame = (time: string): RunError | null => (isWaiting ? tokenTooSlow(audience, time) : null)
  return new JupyterServer(
    server,
    withIdToken(credentials, { audience, addSecrets, onWaiting }),
    blame,
  )
}
