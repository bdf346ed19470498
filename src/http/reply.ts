import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import { jsonText } from '../exact_json.ts'
import { noop } from '../lifetime.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** On every answer: no guessing of types, no copies, no frames, no readers from other sites. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

export function jsonReply(body: object, status = 200): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: jsonText(body),
  }
}

/** Cloud Run takes no more in one piece; a body of unknown length is a stream, and has no limit. */
const mostKnownBytes = 30 * 2 ** 20

/** Sends the reply and waits until it is on its way, or the client is `gone`. */
export async function sendReply(
  { status, headers, body }: Reply,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const bytes = Buffer.byteLength(body)
  response.writeHead(status, {
    ...safeHeaders,
    ...headers,
    ...(status !== 204 && bytes <= mostKnownBytes && { 'Content-Length': String(bytes) }),
    ...(!response.req.complete && { Connection: 'close' }), // what is left of the body is not read
  })
  response.end(body)
  await finished(response, { signal: gone }).catch(noop)
}
