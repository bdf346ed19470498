import { errorCodes, type RunError } from '../errors.ts'
import type { ReportedError, RunReport } from '../events.ts'
import { jsonText } from '../util/json.ts'
import { jsonPieces } from '../util/json_pieces.ts'
import { plainText, safeJson } from '../util/text.ts'
import { approximateBytes, type PacedBody, type Pieces } from './paced_body.ts'

/** An answer that is not sent yet. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A `PacedBody` is written and ended by the handler that created it. */
  readonly body: string | Buffer | LargeBody | PacedBody
  /** Memory reserved while the reply was made; `toResponse()` replaces it with its own. */
  readonly reserved?: Disposable
  /** The problem that the body tells; a browser gets a page of it. */
  readonly problem?: Problem
}

/** A body that is produced while it is sent, and never exists as a whole. */
export interface LargeBody {
  readonly pieces: Pieces
  /** Approximate bytes that it keeps in memory meanwhile. */
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

/** The value as JSON, in pieces if it is large. */
function jsonBody(value: object): string | LargeBody {
  const bytes = approximateBytes(value)
  return bytes > largeBytes ? { pieces: jsonPieces(value), bytes } : safeJson(jsonText(value))
}

/** Answers up to this size do not wait for memory. */
export const smallBytes = 65_536

/** A problem document (RFC 9457) with nbtrigger's error code, and the run's report if there is one. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly runId?: string
  readonly report?: RunReport
}

/** The problem document for an error of a run, or one that kept it from starting. */
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
    problem,
  }
}
