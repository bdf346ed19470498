import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Http2ServerRequest } from 'node:http2'
import { messageOf, RunError, type RunErrorOptions } from '../errors.ts'
import type { Body } from '../request/json_request.ts'
import { abortable, deadline } from '../util/abort.ts'
import { quoteForError } from '../util/text.ts'
import { decodeUtf8 } from '../util/utf8.ts'
import { type Budget, Disposables } from './budget.ts'

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

/** `bodies` is the budget of the bytes that are being read; `signal` ends the reading of the body. */
export function readHttpRequest(
  request: AnyRequest,
  bodies: Budget,
  signal: AbortSignal,
): HttpRequest {
  const target = request.url ?? '/'
  const end = target.includes('?') ? target.indexOf('?') : target.length
  const length = Number(request.headers['content-length'] ?? 0)
  const source = { request, length, budget: bodies, signal }
  return {
    method: request.method ?? 'GET',
    path: target.slice(0, end),
    get query() {
      return readQuery(target.slice(end))
    },
    headers: headersOf(request),
    hasBody: announcesBody(request, length),
    bytes: () => readBytes(source, bodyLimits),
  }
}

type AnyRequest = IncomingMessage | Http2ServerRequest

/** HTTP/2 names the host in `:authority`. */
function headersOf(request: AnyRequest): IncomingHttpHeaders {
  if (!(request instanceof Http2ServerRequest)) return request.headers
  const host = request.headers[':authority'] ?? request.headers.host
  return host === undefined ? request.headers : { ...request.headers, host }
}

function announcesBody(request: AnyRequest, length: number): boolean {
  if (request instanceof Http2ServerRequest) return !request.stream.endAfterHeaders
  return request.headers['transfer-encoding'] !== undefined || length > 0
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
    const name = quoteForError(part.split('=', 1)[0] ?? '')
    throw new RunError(
      'ARGUMENTS_INVALID',
      `Cannot read ${name} in the query: ${messageOf(cause)}`,
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
  readonly request: AnyRequest
  /** As `Content-Length` says; 0 when it does not. */
  readonly length: number
  /** In which the bytes of all bodies count that are being read. */
  readonly budget: Budget
  /** Aborts when the client has gone or the instance stops. */
  readonly signal: AbortSignal
}

/**
 * Reads a body as a whole. Throws BODY_TOO_LARGE, BODY_TOO_SLOW, BUSY when too many are read at
 * once, and CANCELLED when the client closes the connection.
 */
async function readBytes(source: BodySource, { maxBytes, maxMs }: BodyLimits): Promise<Buffer> {
  if (source.length > maxBytes) throw tooLarge(maxBytes)
  using limit = deadline(maxMs, () => tooSlow(maxMs), source.signal)
  using held = new Disposables()
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
    held.use(source.budget.hold(chunk.length))
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
  const what = `Cannot read the body: it is larger than ${maxBytes} bytes`
  return new RunError('BODY_TOO_LARGE', what, {
    advice: 'put large values into a file that the notebook reads, and send its path',
  })
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

/**
 * Reads a body of JSON or plain text in UTF-8; null when there is none. Throws BODY_TYPE_UNKNOWN,
 * ARGUMENTS_INVALID for bytes that are not UTF-8, and as `request.bytes()` does.
 */
export async function readBody(request: HttpRequest): Promise<Body | null> {
  if (!request.hasBody) return null
  const { headers } = request
  const type = typeOf(headers['content-type'] ?? anyType)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw unknownType('it is compressed', { advice: 'send it as it is' })
  }
  const text = readText(await request.bytes())
  return { type: type ?? (text.trimStart().startsWith('{') ? 'json' : 'text'), text }
}

function readText(bytes: Buffer): string {
  try {
    return decodeUtf8(bytes)
  } catch (cause) {
    throw new RunError('ARGUMENTS_INVALID', `Cannot read the body: ${messageOf(cause)}`, {
      advice: 'send UTF-8',
      cause,
    })
  }
}

/** The default of Cloud Scheduler and Cloud Tasks. */
const anyType = 'application/octet-stream'

/** null for a generic type: the content then decides, since only JSON begins with a brace. */
function typeOf(header: string): Body['type'] | null {
  const [name = '', ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw unknownType(`it has the ${quoteForError(charset)}`, { advice: 'send UTF-8' })
  }
  if (name === 'application/json') return 'json'
  if (name === 'text/plain') return 'text'
  if (name === anyType) return null
  const advice = 'send "Content-Type: application/json", or "text/plain" for arguments'
  throw unknownType(`it is of the type ${quoteForError(name)}`, { advice })
}

function unknownType(reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError('BODY_TYPE_UNKNOWN', `Cannot read the body: ${reason}`, options)
}
