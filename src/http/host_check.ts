import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { RunError } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'
import { quoteForError } from '../util/text.ts'

/** The names under which the service answers, in lower case; "*" for any. */
export type ServedHosts = ReadonlySet<string>

/** Names of services that Google gives; whoever owns another domain cannot point one of them at us. */
const googleDomains = ['.run.app', '.cloudfunctions.net']

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

const hostAndPort = /^(\[[^\]]*\]|[^:[\]]*)(?::\d*)?$/
const servedName = /^(?:\*|[a-z\d_-]+(?:\.[a-z\d_-]+)*|\[[\da-f:.]+\])$/

/** Reads NBTRIGGER_HTTP_HOSTS: names with commas between them; throws ARGUMENTS_INVALID. */
export function readServedHosts(env: Env): ServedHosts {
  const text = variableOf(env, 'NBTRIGGER_HTTP_HOSTS') ?? ''
  const names = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  for (const name of names) {
    if (servedName.test(name)) continue
    throw new RunError(
      'ARGUMENTS_INVALID',
      `Cannot use ${quoteForError(name)} in NBTRIGGER_HTTP_HOSTS: it is not the name of a host`,
      { advice: 'write names without ports, with commas between' },
    )
  }
  return new Set(names)
}

/**
 * Refuses a request by the `Host` header that it came with. A page of another site can have its own
 * name lead to this machine (DNS rebinding); its browser then takes us for that site, and sends
 * requests that look like the person's own. Only the name gives them away. Without the header no
 * browser sent it. Throws HOST_HEADER_REFUSED.
 */
export function checkHostHeader(host: string | undefined, served: ServedHosts): void {
  if (host === undefined || served.has('*')) return
  const name = hostNameOf(host)
  if (name !== null && (isLoopback(name) || isGoogle(name) || served.has(name))) return
  throw new RunError(
    'HOST_HEADER_REFUSED',
    `Cannot answer: the request was sent to the host ${quoteForError(host)}, and without a key only ` +
      'localhost, *.run.app and *.cloudfunctions.net are served',
    { advice: 'name the host in NBTRIGGER_HTTP_HOSTS, or set NBTRIGGER_HTTP_KEY' },
  )
}

/** Without the port and the dot that may end a name; null for what is no host. */
function hostNameOf(host: string): string | null {
  const [, name = ''] = hostAndPort.exec(host.toLowerCase()) ?? []
  return name === '' ? null : name.replace(/\.$/, '')
}

function isLoopback(name: string): boolean {
  if (name === 'localhost') return true
  const address = name.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(address)
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

function isGoogle(name: string): boolean {
  return googleDomains.some((domain) => name.endsWith(domain) && name.length > domain.length)
}

/** `none` is a person who typed the address. */
const ours = ['same-origin', 'none']

/**
 * Refuses what a web page of another site makes a browser send: with IAP in front, the browser's
 * cookies would open the door for it. The pages that we answer with count as another site, too.
 */
export function refuseCrossSite({ origin, host, ...headers }: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site']
  // Older browsers tell the origin alone, and programs tell neither.
  if (site === undefined ? isOurs(origin, host) : ours.includes(site)) return
  throw new RunError(
    'ORIGIN_REFUSED',
    'Cannot answer: a web page of another site sent the request',
    { advice: 'send it from a program of yours' },
  )
}

function isOurs(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
