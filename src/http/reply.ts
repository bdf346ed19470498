import { errorCodes, type RunError } from '../errors.ts'
import type { ReportedError, RunReport } from '../events.ts'
import { jsonText } from '../util/json.ts'
import { jsonPieces } from '../util/json_pieces.ts'
import { plainText } from '../util/plain_text.ts'
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

/** RFC 9457, with our code, and the report where a run has one. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly runId?: string
  readonly report?: RunReport
}

/** Of an error that a run ended with, or that kept it from starting. */
export function problemOf(
  { code, message }: Pick<RunError | ReportedError, 'code' | 'message'>,
  report: RunReport | null,
): Problem {
  const { meaning, httpStatus } = errorCodes[code]
  return {
    type: `urn:nbtrigger:${code}`,
    title: meaning,
    status: httpStatus,
    detail: plainText(message),
    code,
    ...(report !== null && { runId: report.runId, report }),
  }
}

export function problemReply(problem: Problem, headers: Reply['headers'] = {}): Reply {
  return {
    status: problem.status,
    headers: { ...headers, 'Content-Type': 'application/problem+json; charset=utf-8' },
    body: jsonBody(problem),
  }
}
