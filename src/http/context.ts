import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Redactor } from '../redaction/redactor.ts'
import type { Env } from '../request/env.ts'
import type { WarmPool } from '../warm/pool.ts'
import type { ActiveRuns } from './active_runs.ts'
import type { Budget, Disposables, RunSlots, SmallResponses } from './budget.ts'
import type { HttpRequest } from './http_request.ts'
import type { Reply } from './reply.ts'

/** Shared by all requests to one process. */
export interface AppContext {
  readonly env: Env
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  /** Writes a line to the log. */
  readonly write: (line: string) => void
  readonly slots: RunSlots
  readonly activeRuns: ActiveRuns
  /** Bytes of request bodies that are being read. */
  readonly bodies: Budget
  /** Bytes of responses that clients have not read yet, without the small ones. */
  readonly responses: Budget
  readonly smallResponses: SmallResponses
  /** Turns at reading from the Jupyter Server without a run; its answers may have many megabytes. */
  readonly reads: Budget
  /** null where no notebook has warm kernels. */
  readonly warm: WarmPool | null
  /** For answers and messages without a run; a run has a redactor of its own. */
  readonly redactor: Redactor
}

/** One request, from its arrival until its response is closed. */
export interface RequestScope {
  readonly app: AppContext
  readonly request: HttpRequest
  readonly outgoing: ServerResponse | Http2ServerResponse
  /** Disposed when the response is closed. */
  readonly resources: Disposables
  /** Aborts when the client disconnects before it has the answer. */
  readonly clientGone: AbortSignal
  /** Aborts when the client disconnects or the platform stops the process. */
  readonly signal: AbortSignal
  /** Keeps the request going until `work`, which must not throw, has ended. */
  readonly waitUntil: (work: Promise<void>) => void
}

/** A request with its route. */
export interface RequestContext extends RequestScope {
  /** The path after the route's prefix, not decoded. */
  readonly rest: string
}

/** Answers a request; throws a RunError, which becomes a problem document. */
export type Handler = (context: RequestContext) => Promise<Reply>
