import { type ErrorCode, isErrorCode, RunError } from '../errors.ts'
import type { CellResult, ReportedSource, Resumption } from '../events.ts'
import type { NotebookSnapshot } from '../execution/snapshot.ts'
import type { KnownKernel } from '../jupyter/kernel.ts'
import { tryParseJson } from '../util/json.ts'
import { field } from '../util/record.ts'

/** All that another process has to know to go on with a run, but for its parts. It holds no secret. */
export interface Checkpoint {
  /** Of this form: another version of nbtrigger may have another one. */
  readonly version: typeof checkpointVersion
  readonly runId: string
  readonly messageId: string | null
  readonly owner: Owner
  /** Of the task of the job that performs the run, from 0; null for a command. */
  readonly attempt: number | null
  /** The one writer of it that there is in its process; another process has another one. */
  readonly writer: string
  /** When it was written, as ISO 8601. */
  readonly at: string
  /** null where the next process has the input of the run without it. */
  readonly input: StoredInput | null
  readonly resumed: readonly Resumption[]
  /** The ids of the kernels that the run has started, or was about to start. */
  readonly kernels: readonly string[]
  /** null before the first cell. */
  readonly progress: Progress | null
  /** What came of a run of the job that is over, for later attempts of its task; null before. */
  readonly ended: unknown
  /** In which file each part stands. */
  readonly parts: Readonly<Record<string, string>>
}

export const checkpointVersion = 1

/** The process that performs the run. */
export interface Owner {
  readonly host: string
  readonly pid: number
  /** For people: "process 4711 on build-3". */
  readonly name: string
}

/** The input of a run that a command began. */
export interface StoredInput {
  /** The options, as the text of a message has them. */
  readonly words: string
  /** The variables of the environment that stand for options. */
  readonly env: Readonly<Record<string, string>>
  /** From where relative paths of files lead. */
  readonly folder: string | null
}

/** How far a run has come whose kernel has answered. */
export interface Progress {
  readonly kernel: KnownKernel
  /** Whether the server is in gateway mode. */
  readonly isGatewayMode: boolean
  /** When the time limit is up that was given for the run, as ISO 8601; null for none. */
  readonly deadlineAt: string | null
  readonly report: ReportSnapshot
  readonly notebook: NotebookSnapshot
  /** The cell that was sent last, or was about to be sent; null once the run has ended. */
  readonly cell: CellProgress | null
  /** How the run has ended, when only its notebook was to be saved and its kernel to be deleted. */
  readonly end: RunEnd | null
}

export interface CellProgress {
  /** Counts the cells to run, from 1. */
  readonly position: number
  /** The number of its request, from 1. */
  readonly attempt: number
  /** The kernel's execution count before it; null where that is not known. */
  readonly countBefore: number | null
  /** As ISO 8601. */
  readonly sentAt: string
}

/** What the report of a run holds already. */
export interface ReportSnapshot {
  readonly startedAt: string
  readonly source: ReportedSource | null
  readonly executed: number
  readonly failed: number
  readonly outputComplete: boolean
  readonly warnings: readonly string[]
}

export interface RunEnd {
  readonly error: ErrorSnapshot | null
  readonly result: CellResult | null
}

export interface ErrorSnapshot {
  readonly code: ErrorCode
  readonly what: string
  readonly advice: string | null
  readonly ename?: string
  readonly evalue?: string
  readonly traceback?: readonly string[]
}

/** Reads what was written as a checkpoint; throws CHECKPOINT_FAILED where it is none. */
export function readCheckpoint(text: string, address: string): Checkpoint {
  const value = tryParseJson(text)
  if (isCheckpoint(value)) return value
  const reason = 'it is damaged, or another version of nbtrigger has written it'
  const what = `Cannot read the checkpoint in "${address}": ${reason}`
  throw new RunError('CHECKPOINT_FAILED', what)
}

/** nbtrigger has written it, and its version tells its form. */
function isCheckpoint(value: unknown): value is Checkpoint {
  return field(value, 'version') === checkpointVersion
}

export function snapshotOfError(error: RunError): ErrorSnapshot {
  const { code, what, advice, ename, evalue, traceback } = error
  return {
    code,
    what,
    advice,
    ...(ename !== undefined && { ename }),
    ...(evalue !== undefined && { evalue }),
    ...(traceback !== undefined && { traceback }),
  }
}

export function restoredError({ code, what, ...details }: ErrorSnapshot): RunError {
  return new RunError(isErrorCode(code) ? code : 'INTERNAL', what, details)
}
