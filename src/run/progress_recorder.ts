import {
  type CellProgress,
  type Progress,
  type RunEnd,
  snapshotOfError,
} from '../checkpoint/checkpoint.ts'
import type { RunCheckpoint, RunSnapshot } from '../checkpoint/run_checkpoint.ts'
import type { CheckpointPart } from '../checkpoint/written_parts.ts'
import { RunError } from '../errors.ts'
import type { CellRef, Emit } from '../events.ts'
import type { ExecutedNotebook } from '../execution/executed_notebook.ts'
import type { PlannedCell } from '../execution/plan.ts'
import { executionCountOf } from '../execution/receipt_check.ts'
import type { SnapshotPart } from '../execution/snapshot.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { KernelMessage } from '../jupyter/messages.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { redactedNotebook, redactedOutput } from '../redaction/redacted_notebook.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { abortable, deadline, noop } from '../util/abort.ts'
import type { ReportBuilder } from './report.ts'

export interface RecordedRun {
  readonly checkpoint: RunCheckpoint
  readonly kernel: Kernel
  readonly server: Pick<JupyterServer, 'kernels'>
  /** As it is before it runs. */
  readonly notebook: Notebook
  readonly executed: ExecutedNotebook
  readonly report: ReportBuilder
  readonly redactor: Redactor
  readonly emit: Emit
  /** When the time limit is up that was given for the run; null for none. */
  readonly deadlineAt: Date | null
}

/** The part with the notebook as it is before it runs. */
export const notebookPart = 'notebook'

const maxCountMs = 10_000
const maxFlushMs = 3_000

/** Writes down how far the cells of a run are, in its checkpoint. */
export class ProgressRecorder {
  readonly #run: RecordedRun
  #cell: CellProgress | null
  #end: RunEnd | null = null

  /** `cell`: the last one that an earlier process has written down. */
  constructor(run: RecordedRun, cell: CellProgress | null = null) {
    this.#run = run
    this.#cell = cell
    run.checkpoint.saveRegularly(() => this.#snapshot())
  }

  /** Call before the cell is sent, and then send it with the next attempt. Throws TAKEN_OVER. */
  async beforeCell({ position, ref }: PlannedCell, signal: AbortSignal): Promise<void> {
    const { kernel, checkpoint } = this.#run
    const countBefore = await this.#executionCount(ref, signal)
    const attempt = kernel.attemptsOf(position) + 1
    this.#cell = { position, attempt, countBefore, sentAt: new Date().toISOString() }
    await checkpoint.save(() => this.#snapshot())
  }

  /** Call when no cell runs any more, before the notebook is saved. Throws TAKEN_OVER. */
  async ended(): Promise<void> {
    const { checkpoint, report, redactor } = this.#run
    const { error, result } = report
    const masked = error && { ...redactor.value(snapshotOfError(error)), code: error.code }
    this.#end = { error: masked, result: redactor.value(result) }
    await checkpoint.save(() => this.#snapshot())
    checkpoint[Symbol.dispose]()
  }

  /** Call when the run is left to another process: writes down what has come of the cell. */
  async left(): Promise<void> {
    const { checkpoint } = this.#run
    checkpoint[Symbol.dispose]()
    using limit = deadline(maxFlushMs, notWritten)
    await abortable(
      checkpoint.save(() => this.#snapshot()),
      limit.signal,
    ).catch(noop)
  }

  /** null when the kernel does not say in time; what comes meanwhile belongs to earlier cells. */
  async #executionCount(next: CellRef, signal: AbortSignal): Promise<number | null> {
    const { kernel, executed, emit } = this.#run
    using limit = deadline(maxCountMs, notWritten, signal)
    const { losses } = executed.outputs
    const broken = notWritten()
    const onMessage = (message: KernelMessage) => {
      if (message.type === 'unreadable') losses.addUnreadable(next.index, message.bytes)
      if (message.type === 'reconnected') {
        losses.addBreak(next.index, kernel.isBehindGateway)
        throw broken // the answer may be lost with the connection
      }
      executed.outputs.add(message).forEach(emit)
    }
    for (;;) {
      try {
        return await executionCountOf(kernel, { onMessage, signal: limit.signal })
      } catch (error) {
        if (error === broken && !limit.signal.aborted) continue
        if (signal.aborted || !limit.signal.aborted) throw error
        return null
      }
    }
  }

  #snapshot(): RunSnapshot {
    const { kernel, server, executed, report, redactor, deadlineAt } = this.#run
    const { names } = redactor
    const snapshot = report.snapshot()
    const progress: Progress = {
      kernel: names.value(kernel.known),
      isGatewayMode: server.kernels.isGatewayMode,
      deadlineAt: deadlineAt?.toISOString() ?? null,
      report: { ...names.value(snapshot), warnings: redactor.value(snapshot.warnings) },
      notebook: names.value(executed.snapshot()),
      cell: this.#cell,
      end: this.#end,
    }
    const parts = executed.parts().map((part) => maskedPart(part, redactor))
    return { progress, parts: [this.#notebookPart(), ...parts] }
  }

  #notebookPart(): CheckpointPart {
    const { notebook, report, redactor } = this.#run
    const read = () => redactedNotebook(notebook.content, { redactor, sources: report.sources })
    return { name: notebookPart, revision: '', read }
  }
}

function maskedPart({ name, revision, read }: SnapshotPart, redactor: Redactor): CheckpointPart {
  return { name, revision, read: () => maskedContent(read(), redactor) }
}

function maskedContent(held: ReturnType<SnapshotPart['read']>, redactor: Redactor): unknown {
  if ('models' in held) return redactor.value(held)
  const { outputs, ...rest } = held
  return {
    ...redactor.names.value(rest),
    outputs: outputs.map(({ output, displayId }) => {
      return { output: redactedOutput(output, redactor), displayId }
    }),
  }
}

function notWritten(): RunError {
  return new RunError('CHECKPOINT_FAILED', 'Cannot write down how far the run is')
}
