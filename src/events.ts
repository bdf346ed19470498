import type { ErrorCode, Outcome } from './errors.ts'
import type { MimeBundle, Output } from './jupyter/nbformat.ts'
import type { CellIndex } from './util/cell_name.ts'

/** An event of a run; the last one of every run is `run_finished`. */
export type RunEvent =
  | RunStarted
  | ServerWaiting
  | HubStarting
  | KernelStarting
  | KernelCreated
  | KernelStarted
  | CellStarted
  | CellOutput
  | CellFinished
  | RunResult
  | RunWarning
  | Diagnosed
  | RunFinished

/** Takes the events of a run as they happen; it must not throw, and nothing waits for it. */
export type Emit = (event: RunEvent) => void

export interface RunStarted {
  readonly type: 'run_started'
  readonly runId: string
  readonly server: string
  readonly notebook: string
  /** As in the report. */
  readonly parameters?: ParameterTexts
  /** Where another process began the run. */
  readonly resumed?: Resumption
}

/** The server does not respond yet; the run tries again. */
export interface ServerWaiting {
  readonly type: 'server_waiting'
  readonly attempt: number
  readonly reason: string
}

/** The run starts a server on JupyterHub, which it has to stop again. */
export interface HubStarting {
  readonly type: 'hub_starting'
  /** The address of the Hub: "https://hub.example.com/hub/". */
  readonly hub: string
  readonly user: string
  /** Empty for the user's default server. */
  readonly server: string
}

export interface KernelStarting {
  readonly type: 'kernel_starting'
  /** The kernelspec's name. */
  readonly name: string
}

/** The server has started the kernel, which has not replied yet. */
export interface KernelCreated {
  readonly type: 'kernel_created'
  readonly kernel: KernelRef
}

export interface KernelStarted {
  readonly type: 'kernel_started'
  readonly kernel: KernelRef
  /** How many cells the run will execute. */
  readonly cellsToRun: number
}

export interface CellStarted {
  readonly type: 'cell_started'
  readonly cell: CellRef
  /** Counts the cells to run, from 1. */
  readonly position: number
}

/** One output as it came, before streams are joined; `cell` is the cell that produced it, maybe an earlier one. */
export interface CellOutput {
  readonly type: 'cell_output'
  readonly cell: CellRef
  readonly output: Output
}

export interface CellFinished {
  readonly type: 'cell_finished'
  readonly cell: CellRef
  readonly position: number
  readonly status: 'ok' | 'error'
  readonly durationMs: number
}

/** All cells have run: the report's result, before the notebook is saved and the kernel deleted. */
export interface RunResult {
  readonly type: 'result'
  readonly result: CellResult
}

export interface RunWarning {
  readonly type: 'warning'
  readonly message: string
  /** Output is missing because of it, or may be. */
  readonly outputLost?: true
}

/** What the doctor found when a run could not begin. */
export interface Diagnosed {
  readonly type: 'diagnosed'
  readonly findings: readonly Finding[]
}

export interface RunFinished {
  readonly type: 'run_finished'
  readonly report: RunReport
  /** The executed notebook as far as the run came, in nbformat 4; null when it was never read. */
  readonly notebook: Readonly<Record<string, unknown>> | null
  /** The address of the notebook in the history, as `outputs` have it; missing where none was kept. */
  readonly recordedNotebook?: string
}

export interface KernelRef {
  readonly id: string
  readonly name: string
}

export interface CellRef {
  /** Counts all cells of the source notebook from 0; null for the cell that this run injected. */
  readonly index: CellIndex
  /** The cell's id; null in notebooks older than nbformat 4.5. */
  readonly id: string | null
  readonly source: string
}

/** The report of a run: the same object in the log's last entry, in `--json` and everywhere else. */
export interface RunReport {
  readonly event: 'run_finished'
  readonly outcome: Outcome
  readonly runId: string
  /** Pub/Sub's id of the message that requested the run. */
  readonly messageId?: string
  /** The server's address with its base URL; null when the arguments could not be read. */
  readonly server: string | null
  readonly notebook: string | null
  /** Missing for a notebook of the Jupyter Server, and where none was read. */
  readonly source?: ReportedSource
  /** Missing when there are none, or they could not be read. */
  readonly parameters?: ParameterTexts
  /** Missing for a run that was not to have a server of JupyterHub. */
  readonly hub?: HubReport
  readonly kernel: KernelRef | null
  /** null when there was no kernel to delete, or it is to be kept, or it is deleted after the report. */
  readonly kernelDeleted: boolean | null
  /** Only where the run got a kernel in which its setup had run. */
  readonly warm?: WarmKernelUse
  /** Each time that another process went on with the run; missing where none did. */
  readonly resumed?: readonly Resumption[]
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly cells: CellCounts
  /** The last code cell's result; null when it has none or was not reached. */
  readonly result: CellResult | null
  readonly error?: ReportedError
  /** False when the server dropped output or a lost connection may have. */
  readonly outputComplete: boolean
  readonly warnings: readonly string[]
  /** Where the executed notebook was saved. */
  readonly outputs: readonly string[]
}

/** Which notebook was run, where it does not come from the Jupyter Server. */
export interface ReportedSource {
  /** As `notebook` of the report has it. */
  readonly url: string
  /** What identifies the content where it comes from, as a commit does; null where nothing is known. */
  readonly version: string | null
  /** Of the file's bytes, in hexadecimal digits. */
  readonly sha256: string
}

/** The server that a run had on JupyterHub. */
export interface HubReport {
  /** null when it was not found out whose token it is. */
  readonly user: string | null
  /** Empty for the user's default server. */
  readonly server: string
  /** How long its start took; null when it was never ready. */
  readonly startMs: number | null
  /** Whether it was stopped; null when there was nothing to stop, or others had started it. */
  readonly stopped: boolean | null
}

/**
 * The first 100 parameters by name: their values as `-p` takes them (JSON for lists and maps), masked,
 * and cut at 1000 characters.
 */
export type ParameterTexts = Readonly<Record<string, string>>

export interface WarmKernelUse {
  /** The time since the setup ended. */
  readonly ageMs: number
}

/** A process went on with the run of another one. */
export interface Resumption {
  /** ISO 8601, UTC. */
  readonly at: string
  /** The time since the other process last wrote down how far it was. */
  readonly afterMs: number
}

export interface CellCounts {
  readonly total: number
  readonly executed: number
  readonly skipped: number
  readonly failed: number
}

export interface CellResult {
  readonly data: MimeBundle
  readonly metadata: Readonly<Record<string, unknown>>
  readonly execution_count: number | null
}

export interface ReportedError {
  readonly code: ErrorCode
  readonly message: string
  /** Whether the run may succeed when it is tried again; never true once a cell was sent. */
  readonly retryable: boolean
  readonly cell?: CellRef
  readonly ename?: string
  readonly evalue?: string
  /** Plain text, without terminal colours. */
  readonly traceback?: readonly string[]
}

/** What one check of the doctor found. */
export interface Finding {
  /** The check's name: "token". */
  readonly check: string
  /** `warning`: runs succeed, but not always, or not as well as they could. */
  readonly verdict: 'good' | 'warning' | 'bad' | 'skipped'
  readonly what: string
  /** null where there is nothing to do. */
  readonly advice: string | null
}
