import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { bodyLimits, readBytes } from './body_reader.ts'
import type { Budget } from './budget.ts'
import { readQuery } from './query.ts'
import { untouched } from './untouched.ts'

/** One request, its body not read yet. */
export interface Incoming {
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
export function readIncoming(request: IncomingMessage, bodies: Budget): Incoming {
  const { target, length, hasBody } = untouched(request)
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
