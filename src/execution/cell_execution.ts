import { asRunError, leavesRun, RunError } from '../errors.ts'
import type { CellRef, Emit, RunEvent } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import { PendingRequest } from '../jupyter/pending_request.ts'
import { deadline, type Deadline } from '../util/abort.ts'
import { type CellIndex, cellName, cellTitle } from '../util/cell_name.ts'
import type { CellRecord } from './cell_record.ts'
import type { ExecutedNotebook } from './executed_notebook.ts'
import type { OutputList } from './output_list.ts'
import { outputLost } from './output_losses.ts'
import type { RunOutputs } from './outputs.ts'
import type { PlannedCell, TimeLimit } from './plan.ts'
import { ReceiptCheck, type SentCell } from './receipt_check.ts'
import { listenWithin, noReply, ReplyCheck, ReplyRecovery } from './reply_check.ts'
import { isCleanExit, withLastOutput, plainError } from './cell_failure.ts'

/** What all cells of one run share. */
export interface Execution {
  readonly kernel: Kernel
  readonly executed: ExecutedNotebook
  readonly allowErrors: boolean
  readonly emit: Emit
  readonly times?: WaitingTimes | undefined
}

/**
 * Runs one cell until its reply and its idle status have arrived, in either order. A failed cell is
 * returned, with its `failure`. Throws a RunError when the kernel or the connection fails, the cell
 * asks for input, or its time limit or the signal ends it; a cell that is still running then is
 * interrupted first.
 */
export async function executeCell(
  execution: Execution,
  cell: PlannedCell,
  signal: AbortSignal,
): Promise<CellEnd> {
  const { kernel, allowErrors } = execution
  const { position, ref, expectsError } = cell
  const stopOnError = !allowErrors && !expectsError
  const request = kernel.executeCell(position, ref.source, { stopOnError })
  const end = await followCell(execution, { cell, request, sent: null }, signal)
  if (end !== null) return end
  throw new RunError('INTERNAL', 'Cannot have sent a cell and not have sent it')
}

/**
 * Goes on with a cell that an earlier process of the run sent or was about to send, as
 * `executeCell()` does. Returns null when the kernel has never received it: then it may be sent.
 * Throws CONNECTION_LOST when that cannot be known, so that no cell runs twice.
 */
export async function resumeCell(
  execution: Execution,
  { cell, sent }: { readonly cell: PlannedCell; readonly sent: SentCell },
  signal: AbortSignal,
): Promise<CellEnd | null> {
  return await followCell(execution, { cell, request: sent.request, sent }, signal)
}

interface FollowedCell {
  readonly cell: PlannedCell
  /** The id of its execute request. */
  readonly request: string
  /** null when it was sent just now. */
  readonly sent: SentCell | null
}

async function followCell(
  { kernel, executed, emit, times }: Execution,
  { cell: { ref, expectsError, limit }, request, sent }: FollowedCell,
  signal: AbortSignal,
): Promise<CellEnd | null> {
  const elapsedMs = sent?.elapsedMs ?? 0
  const minMs = sent === null ? 0 : resumedMs
  const limitMs = limit === null ? null : Math.max(minMs, limit.ms - elapsedMs)
  using timeUp = deadline(limitMs, () => cellTimedOut(ref, limit), signal)
  const { outputs } = executed
  const recorded = kernel.recordedTimes(request)
  const startedAt = sent === null ? recorded?.startedAt : new Date(Date.now() - elapsedMs)
  const cell = executed.startCell(ref, request, startedAt)
  const running = new CellExecution(cell, { kernel, outputs, emit, times })
  try {
    if (sent !== null && !(await running.wasReceived(sent, timeUp.signal))) return null
    await running.toTheEnd(timeUp.signal)
    const end = running.end(expectsError)
    executed.endCell(ref, end.failure === null ? 'completed' : 'failed', recorded?.endedAt)
    outputs.losses.takeWarnings().forEach(emit)
    updateWidgets(kernel, outputs).forEach(emit)
    return end
  } catch (error) {
    const reason = asRunError(error)
    if (leavesRun(reason)) throw reason // another process goes on with the cell
    const isRunning = timeUp.signal.aborted || reason.code === 'CELL_FAILED'
    const final = isRunning
      ? await running.interrupt(reason)
      : withLastOutput(reason, ref, { outputs: cell.outputs, redactor: executed.redactor })
    executed.endCell(ref, 'failed') // after the interrupt: its error is not a late one
    outputs.losses.takeWarnings().forEach(emit)
    if (isRunning && !running.isEnded) emit(idleMissing(ref))
    throw final
  }
}

/**
 * The time to find out what has become of a cell whose limit ran out while no process was there: its
 * reply may wait on the server, or the kernel may never have received it.
 */
const resumedMs = 30_000

function idleMissing({ index }: CellRef): RunEvent {
  return outputLost(
    `The kernel did not say that ${cellName(index)} ended; some output may be missing`,
  )
}

function cellTimedOut({ index }: CellRef, limit: TimeLimit | null): RunError {
  const seconds = (limit?.ms ?? 0) / 1000
  return new RunError(
    'CELL_TIMED_OUT',
    `${cellTitle(index)} did not end within ${seconds} s (${limit?.source})`,
    { advice: 'raise that limit, or make the cell faster' },
  )
}

export interface CellEnd {
  readonly cell: CellRef
  /** The id of its execute request. */
  readonly request: string
  readonly reply: ExecuteReply | null
  readonly outputs: OutputList
  /** The number in its prompt; null when the kernel sent none. */
  readonly executionCount: number | null
  /** Why the cell failed; null when it succeeded, or an error was expected. */
  readonly failure: RunError | null
  /** Whether the cell ended the notebook with a clean exit: no further cell may run. */
  readonly exits: boolean
}

interface CellExecutionOptions {
  readonly kernel: Kernel
  readonly emit: Emit
  /** The outputs of all cells: output can arrive while the next cell is running. */
  readonly outputs: RunOutputs
  readonly times?: WaitingTimes | undefined
}

/** How long to wait for messages that may never arrive. Tests set shorter times. */
export interface WaitingTimes {
  /** Time without a reply after which IPython is asked whether the cell is still running. */
  readonly checkReplyAfterMs?: number
  /** Maximum time to wait for messages after the reply, even if more keep arriving. */
  readonly maxRestMs?: number
}

const idleGraceMs = 10_000
const replyGraceMs = 5_000
const interruptGraceMs = 3_000
/** Used for `INSTANCE_STOPPED`: the platform is about to kill the process. */
const hurriedGraceMs = 1_000
const defaultMaxRestMs = 60_000

/** One execution of a cell: processes the kernel's messages until the cell has ended. */
class CellExecution {
  readonly #kernel: Kernel
  readonly #outputs: RunOutputs
  readonly #emit: Emit
  readonly #record: CellRecord
  readonly #cell: CellRef
  readonly #request: PendingRequest
  readonly #recovery: ReplyRecovery
  readonly #replyCheck: ReplyCheck
  readonly #maxRestMs: number
  /** Ends `#listenForRest()` when no message arrives; each message restarts it. */
  #quiet: Deadline | null = null
  /** While it is being found out whether the kernel has received the cell. */
  #receipt: ReceiptCheck | null = null

  constructor(cell: CellRecord, { kernel, outputs, emit, times = {} }: CellExecutionOptions) {
    this.#kernel = kernel
    this.#emit = emit
    this.#outputs = outputs
    this.#record = cell
    this.#cell = cell.ref
    this.#request = new PendingRequest(cell.request)
    this.#recovery = new ReplyRecovery(kernel)
    const afterMs = times.checkReplyAfterMs
    this.#replyCheck = new ReplyCheck(cell, { kernel, outputs, afterMs })
    this.#maxRestMs = times.maxRestMs ?? defaultMaxRestMs
  }

  /** Whether the kernel has received the cell, which an earlier process may have sent. */
  async wasReceived(sent: SentCell, signal: AbortSignal): Promise<boolean> {
    const request = this.#request
    const check = new ReceiptCheck(this.#kernel, sent)
    this.#receipt = check
    const isAlone = await this.#kernel.isAlone(signal)
    check.ask()
    await this.#listenUntil(() => request.isOver || check.isAnswered, signal)
    this.#receipt = null
    if (!request.isOver && !check.wasReceived(request, isAlone)) return false
    if (this.#kernel.implementation === 'ipython') {
      this.#record.setCount(request.reply?.executionCount ?? null)
    }
    if (!check.hasSeenStart) this.#outputs.losses.addTakeover(this.#cell.index)
    return true
  }

  async toTheEnd(signal: AbortSignal): Promise<void> {
    const request = this.#request
    const isReplied = () => request.isReplied
    const isAnswered = () => request.isReplied || request.isIdle
    const listen = this.#listenUntil.bind(this)
    await this.#replyCheck.listen(isAnswered, listen, signal)
    await this.#listenForRest(isReplied, replyGraceMs, signal)
    await this.#replyCheck.listenAfterIdle(isReplied, listen, signal)
    // Much output may still arrive after the reply.
    await this.#listenForRest(() => request.isIdle, idleGraceMs, signal)
    if (request.isIdle) return
    const title = cellTitle(this.#cell.index)
    this.#emit(outputLost(`${title} was answered, but the kernel sent no idle status for it`))
  }

  /** Interrupts the cell; returns `reason` with the traceback of the interrupt, if there is one. */
  async interrupt(reason: RunError): Promise<RunError> {
    const ms = reason.code === 'INSTANCE_STOPPED' ? hurriedGraceMs : interruptGraceMs
    using grace = deadline(ms, () => reason)
    try {
      await this.#kernel.interrupt(grace.signal)
      // Output of the cell can arrive after its reply, but not after its idle status.
      await this.#listenUntil(() => this.isEnded, grace.signal)
    } catch {
      // The cell did not end in time, or its kernel is gone: `reason` is returned as it is.
    }
    this.#restoreError()
    const error = this.#request.reply?.error
    if (error === undefined || error.ename === '') return reason
    const { code, what, advice } = reason
    return new RunError(code, what, { advice, ...plainError(error), cause: reason })
  }

  /** Whether both the reply and the idle status have arrived. */
  get isEnded(): boolean {
    return this.#request.isOver
  }

  end(expectsError: boolean): CellEnd {
    const { reply } = this.#request
    const exits = reply !== null && isCleanExit(reply)
    const error = reply === null ? null : this.#record.failureBy(reply)
    if (error !== null) this.#restoreError()
    const isExpected = expectsError && ['ok', 'error'].includes(reply?.status ?? '')
    const { ref: cell, request, outputs, executionCount } = this.#record
    const failure = isExpected ? null : error
    return { cell, request, reply, outputs, executionCount, failure, exits }
  }

  #restoreError(): void {
    const { reply } = this.#request
    const error = reply === null ? null : this.#record.droppedError(reply)
    if (error !== null) this.#record.outputs.add(error)
  }

  /** Listens until `isOver()`, `quietMs` without a message, or `#maxRestMs` in total. */
  async #listenForRest(isOver: () => boolean, quietMs: number, signal: AbortSignal): Promise<void> {
    using total = deadline(this.#maxRestMs, noReply, signal)
    using quiet = deadline(quietMs, noReply, total.signal)
    this.#quiet = quiet
    await listenWithin(quiet.signal, this.#listenUntil(isOver, quiet.signal), signal)
  }

  async #listenUntil(isOver: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isOver()) {
      for (const event of this.#take(await this.#kernel.next(signal))) this.#emit(event)
    }
  }

  #take(message: KernelMessage): readonly RunEvent[] {
    this.#quiet?.restart()
    if (message.type === 'reconnected') {
      if (this.#receipt === null) this.#recovery.ask()
      else this.#receipt.ask()
      this.#replyCheck.forget()
      this.#outputs.losses.addBreak(this.#cell.index, this.#kernel.isBehindGateway)
      return []
    }
    if (message.type === 'unreadable') {
      this.#outputs.losses.addUnreadable(this.#cell.index, message.bytes)
      return []
    }
    if (this.#receipt?.take(message, this.#request.id)) return []
    const taken = this.#replyCheck.take(message)
    return taken === null || taken.parentId === null ? [] : this.#takeAnswered(taken)
  }

  /** Processes a message that has a parent; returns its events. */
  #takeAnswered(message: KernelMessage): readonly RunEvent[] {
    if (this.#recovery.isAnswer(message)) {
      const reply = this.#recovery.replyIn(message, this.#request)
      if (reply !== null) this.#request.end(reply)
      return []
    }
    if (this.#request.take(message)) {
      if (message.type === 'input_request') throw asksForInput(this.#cell.index)
      // The server sent it in the kernel's name.
      const isNotice = this.#kernel.rateLimitNotice(message) !== null
      if (isNotice) return this.#outputs.losses.addRateLimited(this.#cell.index)
    }
    return this.#outputs.add(message)
  }
}

function asksForInput(cell: CellIndex): RunError {
  return new RunError(
    'CELL_FAILED',
    `${cellTitle(cell)} asks for input: a notebook that runs unattended has nobody to ask`,
    { advice: 'read the value from a parameter, and set that with -p' },
  )
}

/**
 * Sends the kernel the outputs that its `Output` widgets captured. Once per cell is enough, because
 * the kernel processes these messages only after the cell. Returns a warning for each widget that
 * holds more than one message can carry.
 */
function updateWidgets(kernel: Kernel, outputs: RunOutputs): readonly RunEvent[] {
  const warnings: RunEvent[] = []
  for (const { commId, outputs: taken } of outputs.widgetChanges()) {
    try {
      kernel.updateWidget(commId, { outputs: taken })
    } catch (error) {
      if (asRunError(error).code !== 'CELL_TOO_LARGE') throw error
      const message = 'An Output widget holds too much to be sent to the kernel'
      warnings.push({ type: 'warning', message })
    }
  }
  return warnings
}
