import { posix } from 'node:path'
import type { ErrorFactory, RunError } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import { encodedPath, readSegments } from '../util/path_segments.ts'
import { percentDecoded, quoteAddress } from '../util/text.ts'
import type { Downloaded } from './download.ts'
import {
  invalidSource,
  maxSourceMs,
  notRead,
  type SourceContext,
  type SourceKind,
  type SourceLocation,
  type SourcedNotebook,
  sourcedNotebook,
  sourceElsewhere,
  tooSlow,
} from './source.ts'

/** A file of a web server: "https://HOST/PATH.ipynb". A query is sent along, and never shown. */
export const webSource: SourceKind = {
  example: 'https://HOST/PATH.ipynb',
  isOne: (address) => /^https?:/i.test(address),
  parse: (text, context) => {
    const refuse: ErrorFactory = (reason, options) => invalidSource(text, reason, options)
    const url = readWebAddress(text, refuse)
    const location = locationOf(url, refuse)
    const name = location.segments.at(-1) ?? ''
    if (!name.endsWith('.ipynb')) {
      throw refuse('it does not end in ".ipynb"', { advice: 'name the file of a notebook' })
    }
    const address = `${url.origin}${url.pathname}`
    return sourceElsewhere({
      address,
      name: posix.basename(name, '.ipynb'),
      location,
      read: (signal) => readFile(url, { ...context, address }, signal),
    })
  },
  remote: {
    locate: (text, refuse) => locationOf(readWebAddress(text, refuse), refuse),
    below: (prefix, path) => `${prefix}/${encodedPath(path)}`,
  },
}

/**
 * A https URL of which nothing is ambiguous: no user name, no "." and "..", no host that ends in a dot,
 * no fragment. The parser has made one spelling of those that a host may have.
 */
export function readWebAddress(text: string, refuse: ErrorFactory): URL {
  if (!URL.canParse(text)) throw refuse('it is no valid URL')
  const url = new URL(text)
  if (url.protocol !== 'https:') {
    const advice =
      'write "https://", or HOST[:PORT], a space, and the path of a notebook on a server'
    throw refuse('it is a URL of http', { advice })
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse('it contains a user name', { advice: 'write it without the part before "@"' })
  }
  if (url.hash !== '') throw refuse('it contains "#"', { advice: 'leave that part out' })
  if (url.hostname.endsWith('.')) {
    throw refuse('its host ends with a dot', { advice: 'write it without the dot' })
  }
  // The parser mends these: it resolves ".." and leaves out line ends.
  const [, written = null] = /^https:\/\/[^/?#]+([^?#]*)/i.exec(text) ?? []
  if (written === null || /[\\\p{Cc}]/u.test(text)) throw refuse('it is no valid URL')
  for (const name of written.split('/')) readSegments(percentDecoded(name) ?? name, refuse)
  return url
}

/** Names are compared decoded; an encoded slash is part of a name, and separates none. */
export function locationOf({ origin, pathname }: URL, refuse: ErrorFactory): SourceLocation {
  const names = pathname.split('/').slice(1)
  const segments = names.map((name) => {
    const decoded = percentDecoded(name)
    if (decoded === null) throw refuse('it contains a "%" that encodes nothing')
    readSegments(decoded, refuse)
    return decoded
  })
  if (segments.at(-1) === '') segments.pop() // the slash at the end of a prefix
  return { root: origin, segments, version: null }
}

interface WebFile extends SourceContext {
  readonly address: string
}

async function readFile(
  url: URL,
  { address, isRestricted }: WebFile,
  signal: AbortSignal,
): Promise<SourcedNotebook> {
  const { download } = await import('./download.ts')
  using limit = deadline(maxSourceMs, () => tooSlow(address), signal)
  const options = { address, allowPrivate: !isRestricted, headers: { Accept: '*/*' } }
  const answer = await download(url, options, limit.signal)
  if (answer.status !== 200) throw statusError(answer, address)
  return await sourcedNotebook(answer.bytes, { url: address, version: answer.header('etag') })
}

/** The error for an answer that is not the notebook. */
export function statusError({ status, header }: Downloaded, address: string): RunError {
  if (status === 404 || status === 410) {
    const reason = `there is no such file (${status})`
    return notRead('NOTEBOOK_NOT_FOUND', address, reason, { advice: 'check the address' })
  }
  const reason = `the server answers ${status}`
  if (status < 300 || status >= 400) return notRead('SOURCE_REFUSED', address, reason)
  const target = header('location')
  const place = target === null ? '' : ` to ${quoteAddress(target)}`
  const redirected = `${reason}, a redirect${place}, which is not followed`
  const advice = 'name the address to which it leads'
  return notRead('SOURCE_REFUSED', address, redirected, { advice })
}
