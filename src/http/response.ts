import { Http2ServerResponse } from 'node:http2'
import type { RequestScope } from './context.ts'
import { breakOff, PacedBody, piecesOf, readerLimits } from './paced_body.ts'
import { problemPage } from './problem_page.ts'
import { type LargeBody, type Reply, smallBytes } from './reply.ts'
import { prefersHtml } from './representations.ts'

/** Cloud Run's limit for bodies with a known length; streams have no limit. */
const maxKnownBytes = 30 * 2 ** 20

/**
 * The response for a reply, sent only as fast as the reader takes it. A reader that is too slow is
 * disconnected; the request ends when its response is closed.
 */
export function toResponse(answer: Reply, scope: RequestScope): Response {
  const reply = forReader(answer, scope)
  const { status, body } = reply
  const init = { status, headers: headersOf(reply, scope) }
  const isEmpty = status === 204 || scope.request.method === 'HEAD'
  const paced = isEmpty ? null : pacedBody(body, scope)
  reply.reserved?.[Symbol.dispose]()
  return new Response(paced?.stream ?? null, init)
}

/** A problem as a page where HTML is what the client prefers, as browsers do. */
function forReader(reply: Reply, { request }: RequestScope): Reply {
  const { problem } = reply
  if (problem === undefined || !prefersHtml(request.headers.accept)) return reply
  return problemPage(reply, problem)
}

function pacedBody(body: Reply['body'], scope: RequestScope): PacedBody {
  if (body instanceof PacedBody) return body
  const { app, outgoing, resources, clientGone } = scope
  const { pieces, bytes } = largeBody(body)
  const isSmall = bytes <= smallBytes
  if (isSmall) resources.use(app.smallResponses.hold(bytes, () => breakOff(outgoing)))
  const paced = resources.use(new PacedBody(outgoing))
  paced.add(pieces, bytes, isSmall ? null : app.responses.hold(bytes))
  scope.waitUntil(paced.end(readerLimits, clientGone))
  return paced
}

function headersOf({ status, headers, body }: Reply, { outgoing }: RequestScope): Reply['headers'] {
  const length = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.byteLength(body) : null
  const isKnown = status !== 204 && length !== null && length <= maxKnownBytes
  // The rest of an incomplete request body is not read; HTTP/2 has no such header.
  const closes = !(outgoing instanceof Http2ServerResponse) && !outgoing.req.complete
  return {
    'Cache-Control': 'no-store',
    ...headers,
    ...(isKnown && { 'Content-Length': String(length) }),
    ...(closes && { Connection: 'close' }),
  }
}

function largeBody(body: string | Buffer | LargeBody): LargeBody {
  if (typeof body === 'string') return { pieces: piecesOf(body), bytes: body.length }
  return Buffer.isBuffer(body) ? { pieces: piecesOf(body), bytes: body.length } : body
}
