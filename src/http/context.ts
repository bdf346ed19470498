import type { ServerResponse } from 'node:http'
import type { Redactor } from '../redaction/redactor.ts'
import type { Env } from '../request/env.ts'
import type { Budget, Holdings } from './budget.ts'
import type { HttpRequest } from './http_request.ts'
import type { Reply } from './reply.ts'
import type { RunSlots } from './run_slots.ts'
import type { SmallAnswers } from './small_answers.ts'

/** What all requests to one process share. */
export interface AppContext {
  readonly env: Env
  /** Writes a line to the log. */
  readonly write: (line: string) => void
  readonly slots: RunSlots
  /** Bytes of the bodies that are being read. */
  readonly bodies: Budget
  /** Bytes of the answers that wait for their readers, but for the small ones. */
  readonly answers: Budget
  readonly smallAnswers: SmallAnswers
  /** Turns at reading from the server without a run: its answer may have many megabytes. */
  readonly reads: Budget
  /** For what is said without a run; a run's own masks its secrets, too. */
  readonly redactor: Redactor
}

/** One request that may be answered. */
export interface RequestContext {
  readonly service: AppContext
  readonly incoming: HttpRequest
  /** What stands behind the route's own part of the path, not decoded. */
  readonly rest: string
  readonly holdings: Holdings
  /** For an answer that comes in pieces. */
  readonly response: ServerResponse
  /** Aborts when the client is gone. */
  readonly gone: AbortSignal
}

/** Answers a request; null when the answer is on its way already. */
export type Handler = (visit: RequestContext, signal: AbortSignal) => Promise<Reply | null>
