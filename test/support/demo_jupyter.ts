import { readFile } from 'node:fs/promises'
import { JupyterApi } from './jupyter_api.ts'
import { JupyterServer } from './jupyter_server.ts'
import { Opened } from './opened.ts'
import { referenceNotebook } from './repository.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The server of the demo, with the reference notebook on it. */
export interface DemoJupyter extends AsyncDisposable {
  readonly host: string
  readonly api: JupyterApi
  /** What the function must know to use the server. */
  readonly functionEnv: Readonly<Record<string, string>>
}

export const demoNotebook = '/workspaces/JupyterAPI_Test.ipynb'

const passedOn = ['JUPYTER_BASE_URL', 'NBTRIGGER_ALLOW_HTTP', 'NBTRIGGER_AUTH']

/** The server that JUPYTER_SERVER and JUPYTER_TOKEN name, else one of its own. */
export async function openDemoJupyter(env: Environment): Promise<DemoJupyter> {
  const host = env['JUPYTER_SERVER']?.trim()
  const token = env['JUPYTER_TOKEN']?.trim()
  if (!host || !token) return ownJupyter()
  const api = await findJupyter(host, token, env['JUPYTER_BASE_URL'] ?? '')
  await putNotebook(api)
  const others = passedOn.flatMap((name) => (env[name] ? [[name, env[name]]] : []))
  const functionEnv = { ...Object.fromEntries(others), JUPYTER_SERVER: host, JUPYTER_TOKEN: token }
  return Object.assign(new Opened(), { host, api, functionEnv })
}

async function ownJupyter(): Promise<DemoJupyter> {
  await using opened = new Opened()
  const { host, api, token } = opened.use(
    await JupyterServer.start({ pythonKernel: 'as installed' }),
  )
  const functionEnv = { JUPYTER_SERVER: host, JUPYTER_TOKEN: token }
  return Object.assign(opened.move(), { host, api, functionEnv })
}

async function findJupyter(host: string, token: string, baseUrl: string): Promise<JupyterApi> {
  const base = `/${baseUrl}/`.replaceAll(/\/+/g, '/').slice(0, -1)
  for (const scheme of ['https', 'http']) {
    const api = new JupyterApi({ url: `${scheme}://${host}${base}`, token })
    if (await api.version()) return api
  }
  const advice = 'start it, or unset JUPYTER_SERVER to let the demo start one'
  throw new Error(`Cannot use JUPYTER_SERVER "${host}": no Jupyter Server answers; ${advice}`)
}

async function putNotebook(api: JupyterApi): Promise<void> {
  const content: unknown = JSON.parse(await readFile(referenceNotebook, 'utf8'))
  await put(api, '/workspaces', { type: 'directory' })
  await put(api, demoNotebook, { type: 'notebook', format: 'json', content })
}

async function put(api: JupyterApi, path: string, model: object): Promise<void> {
  const { status } = await api.request('PUT', `/api/contents${path}`, model)
  if (status === 200 || status === 201) return
  const advice = status === 403 ? '; check JUPYTER_TOKEN' : ''
  throw new Error(`Cannot write "${path}" to ${api.url}: it answers ${status}${advice}`)
}
