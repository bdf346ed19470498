import { jsonText } from '../util/json.ts'
import { jsonPieces } from '../util/json_pieces.ts'
import { safeJson } from '../util/safe_text.ts'
import type { PacedBody, Pieces } from './paced_body.ts'
import { approximateBytes } from './pieces.ts'

/** The answer to a request, before it is sent. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A `PacedBody` is written, and ended, by whoever made it. */
  readonly body: string | Buffer | LargeBody | PacedBody
  /** Was held in the budget while the reply was made; `toResponse()` counts it itself. */
  readonly reserved?: Disposable
}

/** A body that is written while it is read, and is never there as a whole. */
export interface LargeBody {
  readonly pieces: Pieces
  /** About how many bytes it keeps in memory meanwhile. */
  readonly bytes: number
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
export function jsonBody(value: object): string | LargeBody {
  const bytes = approximateBytes(value)
  return bytes > largeBytes ? { pieces: jsonPieces(value), bytes } : safeJson(jsonText(value))
}

/** Up to this size an answer waits for no room. */
export const smallBytes = 65_536
