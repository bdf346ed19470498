import type { RunError } from '../errors.ts'
import { tokenCredentials } from '../jupyter/credentials.ts'
import { tokenTooSlow, withIdToken } from '../jupyter/id_token.ts'
import { JupyterServer } from '../jupyter/server.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { ServerConfig } from './server_config.ts'

/** The API of a server, with the credentials that open it. */
export function openServer(
  { url, token, idTokenAudience: audience }: ServerConfig,
  { addSecrets }: Pick<Redactor, 'addSecrets'>,
): JupyterServer {
  const credentials = tokenCredentials(token)
  if (audience === null) return new JupyterServer(url, credentials)
  let isWaiting = false
  const onWaiting = (is: boolean) => void (isWaiting = is)
  const blame = (time: string): RunError | null => (isWaiting ? tokenTooSlow(audience, time) : null)
  return new JupyterServer(
    url,
    withIdToken(credentials, { audience, addSecrets, onWaiting }),
    blame,
  )
}
