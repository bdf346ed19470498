import { RunError, type RunErrorOptions } from '../errors.ts'
import type { RunOptions } from '../request/run_options.ts'
import { githubSource } from '../sources/github.ts'
import { isLoopback } from '../util/loopback.ts'
import { percentDecoded, quoteAddress } from '../util/text.ts'

/** What the address of a Jupyter Server in a browser says. */
export interface PastedAddress {
  /** `HOST[:PORT]` */
  readonly host: string
  readonly useHttps: boolean
  /** Percent-encoded, "/" for none. */
  readonly baseUrl: string
  /** The path that a browser shows, decoded and with one leading slash; null when it is no notebook's. */
  readonly notebook: string | null
  readonly token: string | null
}

type AddressOptions = Pick<RunOptions, 'host' | 'notebook' | 'useHttps' | 'baseUrl'>

/**
 * The address among the arguments of a command, as a browser or the log of a Jupyter Server shows it;
 * null when they hold none. Throws ARGUMENTS_INVALID for one that cannot be read, or contradicts the
 * other arguments.
 */
export function pastedAddress(options: AddressOptions): PastedAddress | null {
  const { host, notebook } = options
  const text = [host, notebook].find((each) => {
    if (each === null || !isAddress(each)) return false
    return !isNotebookAddress(each, host !== null && each !== host)
  })
  if (text === undefined || text === null) return null
  const address = readAddress(text)
  const isHostGivenTwice = host !== null && text !== host
  if (isHostGivenTwice) throw invalid(text, 'the host is given before it, too', leaveOutOne)
  const isNotebookGivenTwice = notebook !== null && text !== notebook && address.notebook !== null
  if (isNotebookGivenTwice)
    throw invalid(text, 'it names a notebook, and so does the next argument', leaveOutOne)
  if (options.useHttps && !address.useHttps) {
    throw invalid(text, 'it begins with "http://"', { advice: 'leave out --use-https' })
  }
  if (options.baseUrl !== null && address.baseUrl !== '/') {
    throw invalid(text, 'it contains the base URL', { advice: 'leave out --base-url' })
  }
  const given = notebook !== null && text !== notebook ? notebook : null
  return {
    ...address,
    notebook: given ?? address.notebook,
    baseUrl: options.baseUrl ?? address.baseUrl,
  }
}

const leaveOutOne = { advice: 'leave out one of them' }

/** Every value of `token` in addresses among the arguments, to be masked whatever becomes of them. */
export function pastedTokens(args: readonly string[]): readonly string[] {
  const values = args.flatMap((arg) => Array.from(arg.matchAll(/[?&]token=([^&#\s]+)/g), tokenIn))
  return values.flatMap((value) => [value, percentDecoded(value) ?? value])
}

function tokenIn([, value = '']: RegExpExecArray): string {
  return value
}

/** Whether a text is an address, and no HOST[:PORT] or path. Without a scheme, only one of this machine. */
function isAddress(text: string): boolean {
  if (/^https?:\/\//i.test(text)) return true
  const [, host] = /^([\w.-]+|\[[\da-f:]+\])(?::\d+)?\//i.exec(text) ?? []
  return host !== undefined && isLoopback(host.toLowerCase())
}

/** A path that only a Jupyter Server has. */
const serverPage = /\/(?:lab|doc)(?:\/workspaces\/[^/]+)?\/tree\/|\/api\/contents\//

/**
 * Whether an address is that of a notebook's file, and not of a server. Alone, one with "/notebooks/"
 * in it may be either, and is taken for the page of a server; behind a host it cannot be one.
 */
function isNotebookAddress(text: string, isHostGiven: boolean): boolean {
  if (githubSource.isOne(text)) return true
  if (!URL.canParse(text)) return false
  const { protocol, pathname, searchParams } = new URL(text)
  if (protocol !== 'https:' || !pathname.endsWith('.ipynb') || searchParams.has('token'))
    return false
  return isHostGiven ? !serverPage.test(pathname) : !filePage.test(pathname)
}

function readAddress(text: string): PastedAddress {
  const whole = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(whole)) throw invalid(text, 'it is no valid URL')
  const url = new URL(whole)
  if (url.username !== '' || url.password !== '') {
    throw invalid(text, 'it contains a user name', {
      advice: 'write it without the part before "@"',
    })
  }
  const { host, protocol, searchParams } = url
  const place = readPlace(loginTarget(url) ?? url.pathname, text)
  return { host, useHttps: protocol === 'https:', token: searchParams.get('token'), ...place }
}

/** The page to which a login page leads. */
function loginTarget({ pathname, searchParams }: URL): string | null {
  const next = searchParams.get('next')
  if (next === null || !pathname.endsWith('/login') || !next.startsWith('/')) return null
  return new URL(next, 'http://localhost').pathname
}

/** The base URL of a server that JupyterHub started, with what follows. */
const hubUser = /^(?<start>.*?\/user\/[^/]+)(?<rest>\/.*)?$/s

/** The pages of JupyterLab and Jupyter Notebook, and the APIs, that have the path of a file at their end. */
const filePage =
  /^(?<base>.*?)\/(?:(?:lab|doc)(?:\/workspaces\/[^/]+)?\/tree|notebooks|tree|edit|view|files|nbconvert\/[^/]+|api\/contents)\/(?<path>.+)$/s

/** Their pages that have none. */
const otherPage = /^(?<base>.*?)\/(?:(?:lab|doc)(?:\/.*)?|notebooks|tree|login|logout|api)\/?$/s

function readPlace(pathname: string, text: string): Pick<PastedAddress, 'baseUrl' | 'notebook'> {
  if (/^\/hub(\/|$)/.test(pathname)) {
    const advice = 'open the server itself, whose address has "/user/NAME/" in it, and paste that'
    throw invalid(text, 'it is an address of JupyterHub, not of a server', { advice })
  }
  const { start = '', rest = '' } = hubUser.exec(pathname)?.groups ?? { rest: pathname }
  const file = filePage.exec(rest)?.groups
  if (file !== undefined) {
    const baseUrl = `${start}${file['base'] ?? ''}` || '/'
    return { baseUrl, notebook: notebookAt(file['path'] ?? '', text) }
  }
  if (rest.endsWith('.ipynb')) {
    const advice = 'write HOST[:PORT], a space, and the path of the notebook'
    throw invalid(text, 'its base URL cannot be recognised', { advice })
  }
  const base = otherPage.exec(rest)?.groups?.['base'] ?? rest
  return { baseUrl: `${start}${base}`.replace(/(?<!\/)\/+$/, '') || '/', notebook: null }
}

/** JupyterLab puts the name of a drive before the path, as that of its real-time collaboration. */
const drive = /^RTC:/

function notebookAt(encoded: string, text: string): string | null {
  const path = percentDecoded(encoded)
  if (path === null) throw invalid(text, 'it contains a "%" that encodes nothing')
  return path.endsWith('.ipynb') ? `/${path.replace(drive, '').replace(/^\/+/, '')}` : null
}

function invalid(text: string, reason: string, options: RunErrorOptions = {}): RunError {
  const what = `Cannot read the address ${quoteAddress(text)}: ${reason}`
  return new RunError('ARGUMENTS_INVALID', what, options)
}
