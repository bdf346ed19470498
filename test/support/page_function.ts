import { Browser } from './browser.ts'
import { FunctionProcess } from './function_process.ts'
import { JupyterServer } from './jupyter_server.ts'
import type { Opened } from './opened.ts'

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

export interface ServedPage {
  readonly jupyter: JupyterServer
  /** The HTTP service, on that Jupyter Server. */
  readonly served: FunctionProcess
  readonly browser: Browser
}

/** Starts what a test of the page needs; `opened` closes it. */
export async function startServedPage(
  opened: Opened,
  env: Readonly<Record<string, string>> = {},
): Promise<ServedPage> {
  const jupyter = opened.use(await JupyterServer.start())
  const served = opened.use(await startPageFunction(jupyter, env))
  return { jupyter, served, browser: opened.use(await Browser.start()) }
}
