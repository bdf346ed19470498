import { RunError } from '../errors.ts'
import { variableOf, type Caller, type Env } from './environment.ts'
import { hostName, readHost } from './host.ts'

/** Refuses a host that may not see the token, before anything is sent to it. */
export function checkHost(url: URL, env: Env, caller: Caller): void {
  const list = variableOf(env, 'JUPYTER_ALLOWED_HOSTS')
  if (list === null && caller === 'command') return
  const entries = (list ?? '').split(',').map((entry) => entry.trim())
  const named = entries.filter((entry) => entry !== '' && entry !== '*')
  const allowed = named.map((entry) =>
    placeOf(entry, url, 'read the entry of JUPYTER_ALLOWED_HOSTS'),
  )
  const server = variableOf(env, 'JUPYTER_SERVER')
  if (server !== null) allowed.push(placeOf(server, url, 'read JUPYTER_SERVER'))
  if (entries.includes('*') || allowed.includes(place(url))) return
  throw new RunError(
    'HOST_NOT_ALLOWED',
    `Cannot call "${url.host}": it is neither JUPYTER_SERVER nor in JUPYTER_ALLOWED_HOSTS; ` +
      'add it there if it may see the token',
  )
}

/** Where an entry leads when it is called with the scheme of `url`. */
function placeOf(entry: string, url: URL, purpose: string): string {
  return place(readHost(entry, { useHttps: url.protocol === 'https:', purpose }))
}

function place(url: URL): string {
  return `${hostName(url)}:${url.port}`
}
