import type { RunEvent } from '../events.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { KernelMessage } from '../jupyter/messages.ts'
import { deadline } from '../lifetime.ts'
import { neverAnswered, noReply } from './cell_errors.ts'
import { inTime } from './in_time.ts'

/** Takes the kernel's messages until `isOver()`; throws the reason of the signal. */
export type Listen = (
  isOver: () => boolean,
  signal: AbortSignal,
) => AsyncGenerator<RunEvent, void, void>

export interface ReplyCheckOptions {
  readonly kernel: Kernel
  /** The cell's index, for the message. */
  readonly cell: number
  /** After this time without an answer the kernel is asked; 30 s. */
  readonly afterMs?: number | undefined
}

const defaultAfterMs = 30_000
const settleMs = 10_000

/**
 * Finds out whether a cell's reply is still to come, by a question sent behind the cell. IPython
 * serves one request after the other, so a running cell holds the answer back. When a cell has left
 * `sys.stdout` or `sys.stderr` without a working `flush()`, ipykernel (kernelbase.py) sends neither
 * the reply nor the idle status of any request, but it does answer the question.
 */
export class ReplyCheck {
  readonly #kernel: Kernel
  readonly #cell: number
  readonly #afterMs: number
  #request: string | null = null
  #isAnswered = false
  #isIdle = false

  constructor({ kernel, cell, afterMs = defaultAfterMs }: ReplyCheckOptions) {
    this.#kernel = kernel
    this.#cell = cell
    this.#afterMs = afterMs
  }

  /** Listens until the cell is answered; throws CELL_FAILED when it never will be. */
  async *listen(
    isOver: () => boolean,
    listen: Listen,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent, void, void> {
    while (!isOver() && !this.#isUseless) {
      using wait = deadline(this.#afterMs, noReply, signal)
      yield* inTime(listen(isOver, wait.signal), wait.signal, signal)
      if (isOver()) return
      this.#ask()
      yield* listen(() => isOver() || this.#request === null || this.#isAnswered, signal)
      if (isOver() || this.#request === null) continue
      using settled = deadline(settleMs, () => neverAnswered(this.#cell), signal)
      yield* listen(() => isOver() || this.#request === null || this.#isIdle, settled.signal)
    }
    yield* listen(isOver, signal)
  }

  take(message: KernelMessage): void {
    if (this.#request === null || message.parentId !== this.#request) return
    if (message.type === 'kernel_info_reply') this.#isAnswered = true
    if (message.type === 'status' && message.state === 'idle') this.#isIdle = true
  }

  /** Parts of an answer may be lost, as with a connection: the kernel is asked anew. */
  forget(): void {
    this.#request = null
    this.#isAnswered = false
    this.#isIdle = false
  }

  /**
   * Only IPython is known to serve one request after the other, unless the cell has it serve others
   * meanwhile (jupyter_ui_poll): then the answer ends with the idle status, and tells nothing.
   */
  get #isUseless(): boolean {
    return this.#kernel.implementation !== 'ipython' || (this.#isAnswered && this.#isIdle)
  }

  #ask(): void {
    this.forget()
    this.#request = this.#kernel.ask()
  }
}
