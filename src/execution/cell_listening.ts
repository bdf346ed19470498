import { RunError, errorCodes } from '../errors.ts'
import type { CellRef, RunEvent } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import { deadline, type Deadline } from '../lifetime.ts'
import { asksForInput, noReply, replyTooLarge } from './cell_errors.ts'
import type { CellRecord } from './cell_record.ts'
import { EndQuestion } from './lost_reply.ts'
import type { OutputList } from './output_list.ts'
import { connectionBroke, outputLost, rateLimited, unreadable } from './output_loss.ts'
import type { RunOutputs } from './run_outputs.ts'
import { failureOf, isCleanExit, plainError } from './verdict.ts'

export interface CellEnd {
  /** The id of the request. */
  readonly request: string
  readonly reply: ExecuteReply | null
  readonly outputs: OutputList
  /** Why the cell failed; null when it did not, or was meant to. */
  readonly failure: RunError | null
  /** The cell ended the notebook on purpose: no further cell is to run. */
  readonly exits: boolean
}

interface Listened {
  readonly kernel: Kernel
  /** Of all cells: output may come when the next one is already running. */
  readonly outputs: RunOutputs
}

const idleGraceMs = 10_000
const replyGraceMs = 5_000
const interruptGraceMs = 3_000
const cancelGraceMs = 1_000

/** Collects the answers to one request. */
export class CellListening {
  readonly #kernel: Kernel
  readonly #outputs: RunOutputs
  readonly #record: CellRecord
  readonly #cell: CellRef
  readonly #question: EndQuestion
  #reply: ExecuteReply | null = null
  #isIdle = false
  #hasBegun = false
  /** Ends the waiting for the idle status, unless there is output. */
  #quiet: Deadline | null = null

  constructor(cell: CellRecord, { kernel, outputs }: Listened) {
    this.#kernel = kernel
    this.#outputs = outputs
    this.#record = cell
    this.#cell = cell.ref
    this.#question = new EndQuestion(kernel)
  }

  async *toTheEnd(signal: AbortSignal): AsyncGenerator<RunEvent, void, void> {
    yield* this.#listenUntil(() => this.#reply !== null || this.#isIdle, signal)
    if (this.#reply === null) {
      using grace = deadline(replyGraceMs, noReply, signal)
      yield* this.#listenUntil(() => this.#reply !== null, grace.signal)
    }
    using grace = deadline(idleGraceMs, noReply, signal)
    this.#quiet = grace // much output may still be on its way, behind the reply
    try {
      yield* this.#listenUntil(() => this.#isIdle, grace.signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!grace.signal.aborted) throw error
      yield outputLost(`Cell ${this.#cell.index} was answered but its end was not told`)
    }
  }

  /** Interrupts the cell and gives `verdict` back with the traceback that the kernel made of it. */
  async *interrupt(verdict: RunError): AsyncGenerator<RunEvent, RunError, void> {
    const isStopped = errorCodes[verdict.code].outcome === 'cancelled'
    const ms = isStopped ? cancelGraceMs : interruptGraceMs
    using grace = deadline(ms, () => verdict)
    try {
      await this.#kernel.interrupt(grace.signal)
      // What the cell has put out may come behind its reply, and in front of its idle status.
      yield* this.#listenUntil(() => this.#reply !== null && this.#isIdle, grace.signal)
    } catch {
      // The cell did not end in time, or its kernel is gone: the verdict stands.
    }
    this.#restoreError()
    const error = this.#reply?.error
    if (error === undefined || error.ename === '') return verdict
    return new RunError(verdict.code, verdict.message, { ...plainError(error), cause: verdict })
  }

  end(expectsError: boolean): CellEnd {
    const reply = this.#reply
    const exits = reply !== null && isCleanExit(reply)
    const failure = reply === null || exits ? null : failureOf(this.#cell, reply)
    if (failure !== null) this.#restoreError()
    const isExpected = expectsError && reply?.status === 'error'
    const { request, outputs } = this.#record
    return { request, reply, outputs, failure: isExpected ? null : failure, exits }
  }

  #restoreError(): void {
    const error = this.#reply === null ? null : this.#record.droppedError(this.#reply)
    if (error !== null) this.#record.outputs.add(error)
  }

  async *#listenUntil(
    isOver: () => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent, void, void> {
    while (!isOver()) {
      yield* this.#take(await this.#kernel.next(signal))
    }
  }

  #take(message: KernelMessage): readonly RunEvent[] {
    if (message.type === 'reconnected') {
      this.#question.ask()
      return [connectionBroke(this.#cell.index)]
    }
    if (message.type === 'unreadable') return [unreadable(this.#cell.index, message.bytes)]
    if (message.parentId === null) return []
    if (this.#question.isOf(message)) {
      this.#takeAnswer(message)
      return []
    }
    const event = message.parentId === this.#record.request ? this.#takeOwn(message) : null
    return event === null ? this.#outputs.add(message) : [event]
  }

  /** What it means for the cell; null when it is to be recorded, as almost everything is. */
  #takeOwn(message: KernelMessage): RunEvent | null {
    this.#hasBegun = true
    this.#quiet?.restart()
    switch (message.type) {
      case 'execute_reply':
        this.#reply = message
        break
      case 'status':
        if (message.state === 'idle') this.#isIdle = true
        break
      case 'input_request':
        throw asksForInput(this.#cell.index)
      case 'left_out':
        if (message.name === 'execute_reply') throw replyTooLarge(message.bytes)
        break
      case 'stream':
        if (this.#isRateNotice(message.text, message)) return rateLimited(this.#cell.index)
    }
    return null
  }

  /** The server tells in a stream of its own that it drops output; the kernel did not print it. */
  #isRateNotice(text: string, message: KernelMessage): boolean {
    return this.#kernel.isFromServer(message) && /^IOPub (data|message) rate exceeded/.test(text)
  }

  #takeAnswer(message: KernelMessage): void {
    const reply = this.#question.endIn(message, { reply: this.#reply, hasBegun: this.#hasBegun })
    if (reply === null) return
    this.#reply = reply
    this.#isIdle = true
  }
}
