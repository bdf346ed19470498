import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { RunError, type RunErrorOptions } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'
import { isLoopback } from '../util/loopback.ts'
import { quoteForError } from '../util/text.ts'

const minKeyLength = 16

/**
 * The API key that requests must send; null when none is required, as behind Cloud Run's IAM check.
 * Throws ARGUMENTS_INVALID for one that could be guessed or not be sent.
 */
export function readKey(env: Env): string | null {
  const key = variableOf(env, 'NBTRIGGER_HTTP_KEY')
  if (key === null) return null
  if (key.length < minKeyLength) {
    throw unusable(`it has fewer than ${minKeyLength} characters, and could be guessed`)
  }
  if (/[^ -~]/.test(key)) {
    throw unusable('it has a character that not every client can send in a header', {
      advice: 'use ASCII',
    })
  }
  return key
}

function unusable(reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError('ARGUMENTS_INVALID', `Cannot use NBTRIGGER_HTTP_KEY: ${reason}`, options)
}

/** Throws KEY_REFUSED for a missing or invalid key; compares in constant time. */
export function checkKey(key: string | null, authorization: string | undefined): void {
  if (key === null) return
  const [, given = ''] = /^Bearer +(\S.*)$/i.exec(authorization ?? '') ?? []
  if (timingSafeEqual(digest(given), digest(key))) return
  throw new RunError('KEY_REFUSED', 'Cannot answer: missing or invalid API key', {
    advice: 'send it as "Authorization: Bearer KEY"',
  })
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The host names that the service accepts, in lower case; "*" for all. */
export type ServedHosts = ReadonlySet<string>

/** Domains of Google's services: nobody else can point a name in them at this machine. */
const googleDomains = ['.run.app', '.cloudfunctions.net']

const hostAndPort = /^(\[[^\]]*\]|[^:[\]]*)(?::\d*)?$/
const servedName = /^(?:\*|[a-z\d_-]+(?:\.[a-z\d_-]+)*|\[[\da-f:.]+\])$/

/** Reads NBTRIGGER_HTTP_HOSTS, names separated by commas; throws ARGUMENTS_INVALID. */
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
 * Throws HOST_HEADER_REFUSED for a `Host` header with a name that is not served. Another site can
 * let its own name resolve to this machine (DNS rebinding); its pages then have the same origin as
 * this service, and only the name shows it. Requests without the header are accepted, since all
 * browsers send it.
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

/** The host name without port and trailing dot; null when it is not valid. */
function hostNameOf(host: string): string | null {
  const [, name = ''] = hostAndPort.exec(host.toLowerCase()) ?? []
  return name === '' ? null : name.replace(/\.$/, '')
}

function isGoogle(name: string): boolean {
  return googleDomains.some((domain) => name.endsWith(domain) && name.length > domain.length)
}

/** Accepted values of `Sec-Fetch-Site`; `none` is an address that the user typed. */
const ours = ['same-origin', 'none']

/**
 * Throws ORIGIN_REFUSED for requests that a browser sends for a page of another site (CSRF): behind
 * IAP, they would carry the user's cookies. Executed notebooks that this service sends as pages are
 * treated like another site.
 */
export function refuseCrossSite({ origin, host, ...headers }: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site']
  // Older browsers send only `Origin`; other programs send neither header.
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
