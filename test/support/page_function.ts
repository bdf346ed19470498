import { FunctionProcess } from './function_process.ts'
import type { JupyterServer } from './jupyter_server.ts'

/** The HTTP service with its page switched on. */
export function startPageFunction(
  { host, token }: Pick<JupyterServer, 'host' | 'token'>,
  env: Readonly<Record<string, string>> = {},
): Promise<FunctionProcess> {
  const server = { JUPYTER_SERVER: host, JUPYTER_TOKEN: token }
  return FunctionProcess.start({
    target: 'nbtrigger-http',
    env: { NBTRIGGER_HTTP_PAGE: '1', ...server, ...env },
  })
}
