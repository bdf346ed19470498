import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Redactor } from '../redaction/redactor.ts'
import type { Env } from '../request/env.ts'
import type { Budget, Disposables } from './budget.ts'
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

/** One request, from its arrival until its response is closed. */
export interface RequestScope {
  readonly app: AppContext
  readonly request: HttpRequest
  readonly outgoing: ServerResponse | Http2ServerResponse
  /** Disposed when the response is closed. */
  readonly resources: Disposables
  /** Aborts when the client is gone before it has the answer. */
  readonly clientGone: AbortSignal
  /** Aborts when the client is gone or the platform stops the process. */
  readonly signal: AbortSignal
  /** Keeps the request going until `work`, which must not throw, has ended. */
  readonly waitUntil: (work: Promise<void>) => void
}

/** A request and where it was routed to. */
export interface RequestContext extends RequestScope {
  /** What stands behind the route's own part of the path, not decoded. */
  readonly rest: string
}

/** Answers a request; throws a RunError, which becomes a problem document. */
export type Handler = (context: RequestContext) => Promise<Reply>
