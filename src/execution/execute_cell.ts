import { RunError, asRunError } from '../errors.ts'
import type { CellRef, RunEvent } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import { deadline } from '../lifetime.ts'
import { CellOutputs, outputOf } from './cell_outputs.ts'
import { failureOf, isCleanExit, lastWords, plainError } from './verdict.ts'

/** What the cells of one run share. */
export interface Execution {
  readonly kernel: Kernel
  readonly stopOnError: boolean
  readonly cellTimeoutMs: number | null
  /** Which cell sent which request: output may come when the next cell is already running. */
  readonly owners: Map<string, CellRef>
}

export interface CellEnd {
  readonly reply: ExecuteReply | null
  readonly outputs: CellOutputs
  /** Why the cell failed; null when it did not. */
  readonly failure: RunError | null
  /** The cell ended the notebook on purpose: no further cell is to run. */
  readonly exits: boolean
}

const idleGraceMs = 10_000
const replyGraceMs = 5_000
const interruptGraceMs = 3_000
const cancelGraceMs = 1_000

/**
 * Runs one cell to its end: that is when its reply and its idle status have come, in either order.
 * A cell that fails is a result; what is thrown is trouble with the kernel, the connection or the
 * time, after the cell has been interrupted.
 */
export async function* executeCell(
  execution: Execution,
  cell: CellRef,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, CellEnd, void> {
  const { kernel, stopOnError, cellTimeoutMs } = execution
  using limit = deadline(cellTimeoutMs, () => cellTimedOut(cell, cellTimeoutMs))
  const request = kernel.execute(cell.source, { stopOnError })
  execution.owners.set(request, cell)
  const listening = new CellListening(execution, cell, request)
  const either = AbortSignal.any([signal, limit.signal])
  try {
    yield* listening.toTheEnd(either)
  } catch (error) {
    const verdict = asRunError(error)
    const isRunning = either.aborted || verdict.code === 'CELL_FAILED'
    if (!isRunning) throw lastWords(verdict, cell, listening.outputs)
    throw yield* listening.interrupt(verdict)
  }
  return listening.end()
}

/** Collects the answers to one request. */
class CellListening {
  readonly outputs = new CellOutputs()
  readonly #execution: Execution
  readonly #cell: CellRef
  readonly #request: string
  #reply: ExecuteReply | null = null
  #isIdle = false
  /** A question asked after a reconnection: its answer shows that nothing more is to come. */
  #question: string | null = null

  constructor(execution: Execution, cell: CellRef, request: string) {
    this.#execution = execution
    this.#cell = cell
    this.#request = request
  }

  async *toTheEnd(signal: AbortSignal): AsyncGenerator<RunEvent, void, void> {
    yield* this.#listenUntil(() => this.#reply !== null || this.#isIdle, signal)
    if (this.#reply === null) {
      using grace = deadline(replyGraceMs, () => this.#noReply())
      yield* this.#listenUntil(() => this.#reply !== null, AbortSignal.any([signal, grace.signal]))
    }
    using grace = deadline(idleGraceMs, () => this.#noReply())
    try {
      yield* this.#listenUntil(() => this.#isIdle, AbortSignal.any([signal, grace.signal]))
    } catch (error) {
      if (!grace.signal.aborted) throw error
      yield outputLost(`Cell ${this.#cell.index} was answered but its end was not told`)
    }
  }

  /** Interrupts the cell and gives `verdict` back with the traceback that the kernel made of it. */
  async *interrupt(verdict: RunError): AsyncGenerator<RunEvent, RunError, void> {
    const ms = verdict.code === 'CANCELLED' ? cancelGraceMs : interruptGraceMs
    using grace = deadline(ms, () => verdict)
    try {
      await this.#execution.kernel.interrupt(grace.signal)
      yield* this.#listenUntil(() => this.#reply !== null, grace.signal)
    } catch {
      return verdict // the cell did not end in time, or its kernel is gone: the verdict stands
    }
    const error = this.#reply?.error
    if (error === undefined || error.ename === '') return verdict
    return new RunError(verdict.code, verdict.message, { ...plainError(error), cause: verdict })
  }

  end(): CellEnd {
    const reply = this.#reply
    const exits = reply !== null && isCleanExit(reply)
    const failure = reply === null || exits ? null : failureOf(this.#cell, reply)
    return { reply, outputs: this.outputs, failure, exits }
  }

  async *#listenUntil(
    isOver: () => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent, void, void> {
    while (!isOver()) {
      const event = this.#take(await this.#execution.kernel.next(signal))
      if (event !== null) yield event
    }
  }

  #take(message: KernelMessage): RunEvent | null {
    if (message.type === 'reconnected') return this.#reconnected()
    if (message.parentId === null) return null
    if (message.parentId === this.#question) return this.#nothingMore()
    const owner = this.#execution.owners.get(message.parentId)
    if (owner === undefined) return null
    return message.parentId === this.#request ? this.#takeOwn(message) : outputEvent(owner, message)
  }

  #takeOwn(message: KernelMessage): RunEvent | null {
    switch (message.type) {
      case 'execute_reply':
        this.#reply = message
        return null
      case 'status':
        if (message.state === 'idle') this.#isIdle = true
        return null
      case 'input_request':
        throw new RunError(
          'CELL_FAILED',
          `Cell ${this.#cell.index} asks for input: a notebook that runs unattended has nobody to ask`,
        )
      case 'stream':
        if (this.#isRateNotice(message.text, message)) return this.#rateLimited()
    }
    this.outputs.add(message)
    return outputEvent(this.#cell, message)
  }

  /** The server tells in a stream of its own that it drops output; the kernel did not print it. */
  #isRateNotice(text: string, message: KernelMessage): boolean {
    return (
      this.#execution.kernel.isFromServer(message) &&
      /^IOPub (data|message) rate exceeded/.test(text)
    )
  }

  #rateLimited(): RunEvent {
    return outputLost(
      `The server dropped output of cell ${this.#cell.index}, which came faster than its limit; ` +
        'start the server with --ZMQChannelsWebsocketConnection.limit_rate=False ' +
        '(Jupyter Server 1: --ServerApp.limit_rate=False)',
    )
  }

  #reconnected(): RunEvent {
    this.#question = this.#execution.kernel.ask()
    return outputLost(
      `The connection to the kernel broke during cell ${this.#cell.index} and was restored; ` +
        'some output may be missing',
    )
  }

  /** The kernel is through with all that was sent: what has not come will not come. */
  #nothingMore(): null {
    this.#question = null
    this.#isIdle = true
    if (this.#reply !== null) return null
    throw new RunError(
      'CONNECTION_LOST',
      'Cannot tell how the cell ended: the connection broke, and its answer was lost with it',
    )
  }

  #noReply(): RunError {
    return new RunError(
      'KERNEL_GONE',
      'Cannot go on: the kernel went idle without answering; it may be shutting down',
    )
  }
}

function outputEvent(cell: CellRef, message: KernelMessage): RunEvent | null {
  const output = outputOf(message)
  return output === null ? null : { type: 'cell_output', cell, output }
}

function outputLost(message: string): RunEvent {
  return { type: 'warning', message, outputLost: true }
}

function cellTimedOut(cell: CellRef, ms: number | null): RunError {
  return new RunError(
    'CELL_TIMED_OUT',
    `Cell ${cell.index} did not end within ${(ms ?? 0) / 1000} s (--cell-timeout)`,
  )
}
