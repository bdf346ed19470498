import { errorCodes, type RunError } from '../errors.ts'
import type { ReportedError, RunReport } from '../events.ts'
import { plainText } from '../util/plain_text.ts'
import { jsonBody, type Reply } from './reply.ts'

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
