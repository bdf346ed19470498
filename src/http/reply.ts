import type { ServerResponse } from 'node:http'
import { jsonText } from '../util/json.ts'
import { jsonPieces } from '../util/json_pieces.ts'
import { safeJson } from '../util/safe_text.ts'
import type { Budget } from './budget.ts'
import { PacedResponse, type Pieces, readerLimits } from './paced_response.ts'
import { approximateBytes, piecesOf } from './pieces.ts'
import type { SmallAnswers } from './small_answers.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | LargeBody
  /** Was held in the budget while the reply was made; `sendReply()` counts it itself. */
  readonly room?: Disposable
}

/** A body that is written while it is read, and is never there as a whole. */
export interface LargeBody {
  readonly pieces: Pieces
  /** About how many bytes it keeps in memory meanwhile. */
  readonly bytes: number
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
    body: jsonBody(body),
  }
}

const largeBytes = 2 ** 20

/** JSON, in pieces where it is large. */
export function jsonBody(value: object): Reply['body'] {
  const bytes = approximateBytes(value)
  return bytes > largeBytes ? { pieces: jsonPieces(value), bytes } : safeJson(jsonText(value))
}

/** Cloud Run takes no more in one piece; a body of unknown length is a stream, and has no limit. */
const maxKnownBytes = 30 * 2 ** 20

/** Up to this size an answer waits for no room. */
export const smallBytes = 65_536

export interface Sending {
  readonly response: ServerResponse
  /** In which large answers count while they wait for their readers. */
  readonly budget: Budget
  readonly smallAnswers: SmallAnswers
}

/**
 * Sends the reply and waits until its reader has it, which is cut off when it does not take it, or
 * the client is `gone`.
 */
export async function sendReply(
  { status, headers, body, room }: Reply,
  { response, budget, smallAnswers }: Sending,
  gone: AbortSignal,
): Promise<void> {
  const length = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.byteLength(body) : null
  const isKnown = status !== 204 && length !== null && length <= maxKnownBytes
  response.writeHead(status, {
    ...safeHeaders,
    ...headers,
    ...(isKnown && { 'Content-Length': String(length) }),
    ...(!response.req.complete && { Connection: 'close' }), // what is left of the body is not read
  })
  const paced = new PacedResponse(response)
  const { pieces, bytes } = largeBody(body)
  const isSmall = bytes <= smallBytes
  using _ = isSmall ? smallAnswers.hold(bytes, () => response.destroy()) : null
  paced.add(pieces, bytes, isSmall ? null : budget.hold(bytes))
  room?.[Symbol.dispose]()
  await paced.end(readerLimits, gone)
}

function largeBody(body: Reply['body']): LargeBody {
  if (typeof body === 'string') return { pieces: piecesOf(body), bytes: body.length }
  return Buffer.isBuffer(body) ? { pieces: piecesOf(body), bytes: body.length } : body
}
