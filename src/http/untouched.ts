import { subscribe } from 'node:diagnostics_channel'
import { IncomingMessage } from 'node:http'

/** What a request held before anybody read it. */
export interface Untouched {
  /** Path and query, not decoded. */
  readonly target: string
  /** `Content-Length`; null when the header is not there. */
  readonly length: string | null
  readonly hasBody: boolean
}

const kept = new WeakMap<IncomingMessage, Untouched>()

/**
 * Keeps functions-framework from reading requests before the function does: it would take bodies of
 * 1 GiB from anybody, and answer what it cannot decode with pages of its own.
 */
export function keepRequestsUntouched(): void {
  subscribe('http.server.request.start', (message) => {
    const request: unknown = Reflect.get(Object(message), 'request')
    if (request instanceof IncomingMessage) keep(request)
  })
}

export function untouched(request: IncomingMessage): Untouched {
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

function contentOf({ url, headers }: IncomingMessage): Untouched {
  const length = headers['content-length'] ?? null
  const hasBody = headers['transfer-encoding'] !== undefined || Number(length) > 0
  return { target: url ?? '/', length, hasBody }
}
