import type { ErrorCode, Outcome } from '../errors.ts'
import type { ShownParameter } from '../parameters/parameter.ts'

/** A run as a list shows it. */
export interface RecordedRun {
  readonly runId: string
  readonly outcome: Outcome
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly durationMs: number
  readonly startedBy: StartedBy
  readonly server: string | null
  readonly notebook: string | null
  readonly parameters: readonly ShownParameter[]
  /** How many parameters the run had besides those. */
  readonly otherParameters: number
  /** null for a run that succeeded. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
  /** Whether the executed notebook was kept. */
  readonly hasNotebook: boolean
}

/** What can start a run: a Pub/Sub message, a job of Cloud Run, an HTTP request, or the command. */
export const starters = ['message', 'job', 'request', 'command'] as const

export type StartedBy = (typeof starters)[number]

export interface HistoryPage {
  /** The newest first. */
  readonly runs: readonly RecordedRun[]
  /** To pass as `before` for what follows; null at the end. */
  readonly next: string | null
}
