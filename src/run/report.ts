import { type ReportSnapshot, restoredError, type RunEnd } from '../checkpoint/checkpoint.ts'
import { type ErrorCode, errorCodes, type Outcome, type RunError } from '../errors.ts'
import type {
  CellRef,
  CellResult,
  HubReport,
  KernelRef,
  ParameterTexts,
  ReportedError,
  ReportedSource,
  Resumption,
  RunEvent,
  RunFinished,
  RunReport,
  WarmKernelUse,
} from '../events.ts'
import type { ExecutedNotebook } from '../execution/executed_notebook.ts'
import type { Saved } from '../storage/save.ts'

/** What a report says of a run before it starts. */
export interface RunIdentity {
  readonly runId: string
  readonly messageId: string | null
  readonly server: string | null
  readonly notebook: string | null
  /** null when there are none. */
  readonly parameters?: ParameterTexts | null
}

/** Builds the report of one run from its events, and from what its steps add. */
export class ReportBuilder {
  readonly #identity: RunIdentity
  readonly #startedTick = performance.now()
  readonly #warnings: string[] = []
  #startedAt = new Date()
  /** The time before this process began. */
  #earlierMs = 0
  #server: string | null
  #hub: HubReport | null = null
  #kernel: KernelRef | null = null
  #total = 0
  #executed = 0
  #failed = 0
  #sentCell = false
  #currentCell: CellRef | null = null
  #error: RunError | null = null
  #outputComplete = true
  #kernelDeleted: boolean | null = null
  #hasStarted = false
  #isPrepared = false
  #isNotebookEnded = false
  #outputs: readonly string[] = []
  /** null until the notebook was read. */
  #notebook: ExecutedNotebook | null = null
  result: CellResult | null = null
  /** Which notebook was read; null for one of the Jupyter Server. */
  notebookSource: ReportedSource | null = null
  /** Where the run got a warm kernel. */
  warm: WarmKernelUse | null = null
  /** Each time that another process went on with the run. */
  resumed: readonly Resumption[] = []
  /** The cells' sources as they were read. */
  sources: ReadonlySet<string> = new Set()

  constructor(identity: RunIdentity) {
    this.#identity = identity
    this.#server = identity.server
  }

  observe(event: RunEvent): void {
    switch (event.type) {
      case 'kernel_started':
        this.#kernel = event.kernel
        this.#hasStarted = true
        break
      case 'cell_started':
        this.#sentCell = true
        this.#executed += 1
        this.#currentCell = event.cell
        break
      case 'cell_finished':
        if (event.status === 'error') this.#failed += 1
        break
      case 'warning':
        if (event.outputLost) this.#outputComplete = false
        this.warn(event.message)
    }
  }

  /** What is saved of the notebook as it stands; null until a kernel is there to execute it. */
  get savedContent(): RunFinished['notebook'] {
    return this.#isPrepared || this.#hasStarted ? this.#content : null
  }

  get #content(): RunFinished['notebook'] {
    return (this.#isPrepared ? this.#notebook?.prepared() : this.#notebook?.content()) ?? null
  }

  /** The notebook is complete without being run. */
  prepared(): void {
    this.#isPrepared = true
  }

  /** null when there is none, or a cell was sent before it. */
  get errorBeforeCells(): ErrorCode | null {
    return this.#sentCell ? null : (this.#error?.code ?? null)
  }

  get error(): RunError | null {
    return this.#error
  }

  /** What another process that goes on with the run has to know. */
  snapshot(): ReportSnapshot {
    return {
      startedAt: this.#startedAt.toISOString(),
      source: this.notebookSource,
      executed: this.#executed,
      failed: this.#failed,
      outputComplete: this.#outputComplete,
      warnings: [...this.#warnings],
    }
  }

  /** `cells` are those that were sent and have ended; another one may be sent already. */
  restore(snapshot: ReportSnapshot, cells: readonly CellRef[]): void {
    this.#earlierMs += this.#startedAt.getTime() - Date.parse(snapshot.startedAt)
    this.#startedAt = new Date(snapshot.startedAt)
    this.notebookSource = snapshot.source
    this.#executed = cells.length
    this.#sentCell = true
    this.#hasStarted = true
    this.#currentCell = cells.at(-1) ?? null
    this.#failed = snapshot.failed
    this.#outputComplete = snapshot.outputComplete
    snapshot.warnings.forEach((message) => this.warn(message))
  }

  /** The run has ended in another process. */
  restoreEnd({ error, result }: RunEnd): void {
    if (error !== null) this.fail(restoredError(error))
    this.result = result
  }

  get outputComplete(): boolean {
    return this.#outputComplete
  }

  /** The server of the run, where that was not known before. */
  setServer({ href }: URL): void {
    this.#server = href
  }

  setHub(hub: HubReport): void {
    this.#hub = hub
  }

  /** The notebook as it will be executed, and how many code cells it has. */
  setNotebook(notebook: ExecutedNotebook, codeCells: number): void {
    this.#notebook = notebook
    this.#total = codeCells
  }

  /** `deleted` is null when there was nothing to delete. */
  kernelEnded({ id, name }: KernelRef, deleted: boolean | null): void {
    this.#kernel = { id, name }
    this.#kernelDeleted = deleted
  }

  /** The server has ended, and every kernel on it. */
  kernelsEnded(): void {
    if (this.#kernelDeleted === false) this.#kernelDeleted = true
  }

  /** The first reason counts; what goes wrong later is a consequence. */
  fail(error: RunError): void {
    this.#error ??= error
  }

  warn(message: string): void {
    if (!this.#warnings.includes(message)) this.#warnings.push(message)
  }

  /** No cell runs any more: what the notebook holds now is what is left of the run. */
  endNotebook(): void {
    if (!this.#isNotebookEnded) this.#notebook?.finish(this.#error)
    this.#isNotebookEnded = true
  }

  /** A failure to save is the run's error where it has none; the messages of the others remain. */
  saved({ outputs, failures }: Saved): readonly string[] {
    this.#outputs = outputs
    const [first] = failures
    const isError = first !== undefined && this.#error === null
    if (isError) this.fail(first)
    return failures.slice(isError ? 1 : 0).map(({ message }) => message)
  }

  finish(): RunFinished {
    this.endNotebook()
    return { type: 'run_finished', report: this.#report(new Date()), notebook: this.#content }
  }

  #report(finishedAt: Date): RunReport {
    const { runId, messageId, notebook, parameters = null } = this.#identity
    return {
      event: 'run_finished',
      outcome: this.#outcome(),
      runId,
      ...(messageId === null ? {} : { messageId }),
      server: this.#server,
      notebook,
      ...(this.notebookSource === null ? {} : { source: this.notebookSource }),
      ...(parameters === null ? {} : { parameters }),
      ...(this.#hub === null ? {} : { hub: this.#hub }),
      kernel: this.#kernel,
      kernelDeleted: this.#kernelDeleted,
      ...(this.warm === null ? {} : { warm: this.warm }),
      ...(this.resumed.length === 0 ? {} : { resumed: this.resumed }),
      startedAt: this.#startedAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
      durationMs: Math.round(this.#earlierMs + performance.now() - this.#startedTick),
      cells: {
        total: this.#total,
        executed: this.#executed,
        skipped: this.#total - this.#executed,
        failed: this.#failed,
      },
      result: this.result,
      ...(this.#error === null ? {} : { error: this.#reportedError(this.#error) }),
      outputComplete: this.#outputComplete,
      warnings: this.#warnings,
      outputs: this.#outputs,
    }
  }

  #outcome(): Outcome {
    return this.#error === null ? 'succeeded' : errorCodes[this.#error.code].outcome
  }

  #reportedError(error: RunError): ReportedError {
    const { code, message, ename, evalue, traceback } = error
    return {
      code,
      message,
      retryable: errorCodes[code].redelivered && !this.#sentCell,
      ...(this.#currentCell === null ? {} : { cell: this.#currentCell }),
      ...(ename === undefined ? {} : { ename }),
      ...(evalue === undefined ? {} : { evalue }),
      ...(traceback === undefined ? {} : { traceback }),
    }
  }
}
