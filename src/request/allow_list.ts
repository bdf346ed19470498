import { type Reason, RunError } from '../errors.ts'
import { lookalikeReason } from '../util/lookalikes.ts'
import { quoteAddress } from '../util/text.ts'
import { type Caller, type Env, variableOf } from './env.ts'

/**
 * Throws HOST_NOT_ALLOWED unless the host is JUPYTER_SERVER or in JUPYTER_ALLOWED_HOSTS. The command
 * may call any host as long as there is no such list.
 */
export function checkHost(url: URL, env: Env, caller: Caller): void {
  const list = variableOf(env, 'JUPYTER_ALLOWED_HOSTS')
  if (list === null && caller === 'command') return
  const entries = (list ?? '').split(',').map((entry) => entry.trim())
  const named = entries.filter((entry) => entry !== '' && entry !== '*')
  const allowed = named.map((entry) =>
    placeOf(entry, url, 'read the entry of JUPYTER_ALLOWED_HOSTS'),
  )
  const isUsual = isDefaultServer(url, env)
  if (isUsual || entries.includes('*') || allowed.includes(place(url))) return
  throw new RunError(
    'HOST_NOT_ALLOWED',
    `Cannot call "${url.host}": it is neither JUPYTER_SERVER nor in JUPYTER_ALLOWED_HOSTS`,
    { advice: 'add it there if it may see the token' },
  )
}

/** Whether the host and port are those of JUPYTER_SERVER; throws ARGUMENTS_INVALID when it is none. */
export function isDefaultServer(url: URL, env: Env): boolean {
  const server = variableOf(env, 'JUPYTER_SERVER')
  return server !== null && placeOf(server, url, 'read JUPYTER_SERVER') === place(url)
}

/** The host and port of an entry, with the scheme of `url`. */
function placeOf(entry: string, url: URL, purpose: string): string {
  return place(readHost(entry, { useHttps: url.protocol === 'https:', purpose }))
}

function place(url: URL): string {
  return `${hostName(url)}:${url.port}`
}

const hostAndPort = /^([\w.-]{1,253}|\[[\da-f:.]+\])(?::([1-9]\d{0,4}))?$/i

/** What is wrong with text that is no HOST[:PORT]; the first pattern that matches counts. */
const mistakes: readonly (readonly [pattern: RegExp, what: string, advice?: string])[] = [
  [/^$/, 'it is empty'],
  [/[\s\p{Cc}]/u, 'it contains white space or a control character'],
  [/^https:\/\//i, 'it is a URL', 'write HOST[:PORT] alone, and --use-https'],
  [/^[a-z][a-z0-9+.-]*:\/\//i, 'it is a URL', 'write HOST[:PORT] alone'],
  [/@/, 'it contains a user name', 'write HOST[:PORT] alone, the token is read from JUPYTER_TOKEN'],
  [/[/\\?#]/, 'it contains a path', 'write HOST[:PORT] alone, the path is an argument of its own'],
  [/%/, 'it contains "%"', 'write the name itself'],
  [/\P{ASCII}/u, 'it contains characters beyond ASCII', 'write the form that begins with "xn--"'],
  [/^[^[\]]*:[^[\]]*:/, 'an IPv6 address needs brackets, as in "[::1]:8888"'],
  [/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/, 'the port is not a number from 1 to 65535'],
]

/** Parses `HOST[:PORT]`; throws ARGUMENTS_INVALID, with `purpose` in its message: "call the host". */
export function readHost(text: string, { useHttps, purpose }: HostUse): URL {
  const [, name] = hostAndPort.exec(text) ?? []
  const address = `${useHttps ? 'https' : 'http'}://${text}`
  if (name === undefined || !URL.canParse(address)) {
    throw invalid(text, purpose, explain(text))
  }
  const url = new URL(address)
  if (url.hostname === name.toLowerCase()) return url
  throw invalid(text, purpose, {
    what: `it is another way to write "${url.hostname}"`,
    advice: 'write that',
  })
}

export interface HostUse {
  readonly useHttps: boolean
  readonly purpose: string
}

/** The host name without a trailing dot. */
export function hostName(url: URL): string {
  const { hostname } = url
  let end = hostname.length
  while (hostname[end - 1] === '.') end--
  return hostname.slice(0, end)
}

function explain(text: string): Reason {
  const reason = lookalikeReason(text)
  if (reason !== null) return reason
  const [, what = 'it is not the name or the address of a host', advice = null] =
    mistakes.find(([pattern]) => pattern.test(text)) ?? []
  return { what, advice }
}

function invalid(text: string, purpose: string, { what, advice = null }: Reason): RunError {
  const cannot = `Cannot ${purpose} ${quoteAddress(text)}`
  return new RunError('ARGUMENTS_INVALID', `${cannot}: ${what}`, { advice })
}
