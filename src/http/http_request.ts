import { subscribe } from 'node:diagnostics_channel'
import { type IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { RunError } from '../errors.ts'
import { deadline, abortable } from '../util/abort.ts'
import { quoteForError } from '../util/text.ts'
import { decodeUtf8 } from '../util/utf8.ts'
import { type Budget, Holdings } from './budget.ts'

/** One request, its body not read yet. */
export interface HttpRequest {
  readonly method: string
  /** Not decoded. */
  readonly path: string
  /** Throws as `readQuery()` does. */
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly hasBody: boolean
  /** The body's bytes; throws as `readBytes()` does. */
  readonly bytes: () => Promise<Buffer>
}

/** `bodies` is the budget of the bytes that are being read. */
export function readHttpRequest(request: IncomingMessage, bodies: Budget): HttpRequest {
  const { target, length, hasBody } = rawRequest(request)
  const end = target.includes('?') ? target.indexOf('?') : target.length
  const source = { request, length: Number(length), budget: bodies }
  return {
    method: request.method ?? 'GET',
    path: target.slice(0, end),
    get query() {
      return readQuery(target.slice(end))
    },
    headers: request.headers,
    hasBody,
    bytes: () => readBytes(source, bodyLimits),
  }
}

/**
 * The names and values of a query, "?" before it or not, as URLSearchParams reads them; throws
 * ARGUMENTS_INVALID for bytes that are not UTF-8, of which it would make U+FFFD.
 */
function readQuery(search: string): URLSearchParams {
  for (const part of search.replace(/^\?/, '').split('&')) checkUtf8(part)
  return new URLSearchParams(Buffer.from(search, 'latin1').toString('utf8'))
}

/** The request line comes as a character a byte. */
function checkUtf8(part: string): void {
  try {
    decodeUtf8(bytesOf(part))
  } catch (cause) {
    const { message }: { readonly message?: unknown } = Object(cause)
    const name = quoteForError(part.split('=', 1)[0] ?? '')
    throw new RunError(
      'ARGUMENTS_INVALID',
      `Cannot read ${name} in the query: ${String(message)}`,
      { advice: 'encode its UTF-8, as in "M%C3%BCller"' },
    )
  }
}

function bytesOf(part: string): Buffer {
  const decoded = part.replaceAll(/%[0-9a-f]{2}/gi, (escape) =>
    String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  )
  return Buffer.from(decoded, 'latin1')
}

export interface BodyLimits {
  readonly maxBytes: number
  /** How long the whole body may take, in milliseconds. */
  readonly maxMs: number
}

const bodyLimits: BodyLimits = { maxBytes: 2 ** 20, maxMs: 10_000 }

export interface BodySource {
  readonly request: IncomingMessage
  /** As `Content-Length` says; 0 when it does not. */
  readonly length: number
  /** In which the bytes of all bodies count that are being read. */
  readonly budget: Budget
}

/**
 * Reads a body as a whole. Throws BODY_TOO_LARGE, BODY_TOO_SLOW, BUSY when too many are read at
 * once, and CANCELLED when the client closes the connection.
 */
async function readBytes(source: BodySource, { maxBytes, maxMs }: BodyLimits): Promise<Buffer> {
  if (source.length > maxBytes) throw tooLarge(maxBytes)
  using limit = deadline(maxMs, () => tooSlow(maxMs))
  using held = new Holdings()
  const chunks: Buffer[] = []
  let size = 0
  // Left early, the stream must live on: the connection still has to carry the answer.
  const iterator = source.request.iterator({ destroyOnReturn: false })
  for (;;) {
    const chunk = await nextChunk(iterator, limit.signal)
    if (chunk === null) return Buffer.concat(chunks)
    size += chunk.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    if (!source.budget.hasRoom(chunk.length)) throw tooMany()
    held.keep(source.budget.hold(chunk.length))
    chunks.push(chunk)
  }
}

/** null at the end. */
async function nextChunk(
  iterator: NodeJS.AsyncIterator<Buffer>,
  signal: AbortSignal,
): Promise<Buffer | null> {
  try {
    const next = await abortable(iterator.next(), signal)
    return next.done ? null : next.value
  } catch (cause) {
    signal.throwIfAborted()
    const message = 'Cannot read the body: the client closed the connection before its end'
    throw new RunError('CANCELLED', message, { cause })
  }
}

function tooLarge(maxBytes: number): RunError {
  return new RunError('BODY_TOO_LARGE', `Cannot read the body: it is larger than ${maxBytes} bytes`)
}

function tooSlow(maxMs: number): RunError {
  return new RunError(
    'BODY_TOO_SLOW',
    `Cannot read the body: it was not here within ${maxMs / 1000} s`,
    { advice: 'send it at once' },
  )
}

function tooMany(): RunError {
  return new RunError('BUSY', 'Cannot read the body: too many are being read', {
    advice: 'try again later',
  })
}

/** What a request held before anybody read it. */
export interface RawRequest {
  /** Path and query, not decoded. */
  readonly target: string
  /** `Content-Length`; null when the header is not there. */
  readonly length: string | null
  readonly hasBody: boolean
}

const kept = new WeakMap<IncomingMessage, RawRequest>()

/**
 * Keeps functions-framework from reading requests before the function does: it would take bodies of
 * 1 GiB from anybody, and answer what it cannot decode with pages of its own.
 */
export function keepRawRequests(): void {
  subscribe('http.server.request.start', (message) => {
    const request: unknown = Reflect.get(Object(message), 'request')
    if (request instanceof IncomingMessage) keep(request)
  })
}

function rawRequest(request: IncomingMessage): RawRequest {
  const found = kept.get(request)
  if (found !== undefined) return found
  throw new Error('Cannot answer a request that others have read: it was not kept from them')
}

/** By these two headers and the path, the framework knows that there is something to read. */
function keep(request: IncomingMessage): void {
  kept.set(request, contentOf(request))
  delete request.headers['content-length']
  delete request.headers['transfer-encoding']
  request.url = '/'
}

function contentOf({ url, headers }: IncomingMessage): RawRequest {
  const length = headers['content-length'] ?? null
  const hasBody = headers['transfer-encoding'] !== undefined || Number(length) > 0
  return { target: url ?? '/', length, hasBody }
}
