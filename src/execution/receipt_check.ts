import type { Kernel, WaitOptions } from '../jupyter/kernel.ts'
import type { KernelMessage } from '../jupyter/messages.ts'
import { PendingRequest } from '../jupyter/pending_request.ts'
import { answerLost, sameEnd, withoutQuestion } from './reply_check.ts'

/** A cell that an earlier process of the run sent, or was about to send when it ended. */
export interface SentCell {
  /** The id of its execute request. */
  readonly request: string
  /** The kernel's execution count before the cell, of `executionCountOf()`; null where it is not known. */
  readonly countBefore: number | null
  /** The time since it was sent. */
  readonly elapsedMs: number
}

/**
 * The execution count of a kernel in which no cell runs: how many cells it has run. null when the
 * kernel does not say.
 */
export async function executionCountOf(kernel: Kernel, wait: WaitOptions): Promise<number | null> {
  const reply = await kernel.request('', { silent: true, stopOnError: false, ...wait })
  return reply.executionCount
}

/**
 * Finds out whether a kernel has received a cell, with a request after which its execution count tells.
 * The kernel handles requests one at a time: once the request is over, nothing of the cell can come any
 * more, whose answers have come before it unless they are lost.
 */
export class ReceiptCheck {
  readonly #kernel: Kernel
  readonly #sent: SentCell
  #question = new PendingRequest('')
  /** Whether the first message of the cell has come, so that none of its output is missing. */
  hasSeenStart = false

  constructor(kernel: Kernel, sent: SentCell) {
    this.#kernel = kernel
    this.#sent = sent
  }

  get isAnswered(): boolean {
    return this.#question.isOver
  }

  /** Sends the request; call again where the answer may be lost. */
  ask(): void {
    // For IPython, the same request tells how the cell ended.
    const code = this.#isPython ? sameEnd : ''
    this.#question = new PendingRequest(
      this.#kernel.execute(code, { stopOnError: false, silent: true }),
    )
  }

  /** Takes a message; returns whether it belongs to the request. */
  take(message: KernelMessage, cell: string): boolean {
    const { type, parentId } = message
    if (type === 'status' && parentId === cell) this.hasSeenStart ||= message.state === 'busy'
    const isAnswer = this.#question.take(message)
    // A failed cell may abort the requests after it.
    if (isAnswer && type === 'execute_reply' && message.status === 'aborted') this.ask()
    return isAnswer
  }

  /**
   * Call once it is answered: whether the kernel has received the cell. Where the cell's own answer is
   * lost, `cell` is ended with what the request tells. Throws CONNECTION_LOST where that is not known, and
   * where the earlier process has sent further cells, which would run again.
   */
  wasReceived(cell: PendingRequest, isAlone: boolean): boolean {
    const { reply } = this.#question
    const count = reply?.executionCount ?? null
    const { countBefore } = this.#sent
    // A thread of the cell may still print, so that it seems to have just begun.
    const hasRunMore = count !== null && countBefore !== null && count > countBefore + 1
    if (cell.reply === null && hasRunMore) throw answerLost()
    if (cell.reply === null && !cell.hasBegun) {
      if (count === null || countBefore === null) throw answerLost()
      if (count === countBefore && isAlone && this.#isSameProcess(countBefore)) return false
      if (count !== countBefore + 1) throw answerLost()
    }
    if (cell.reply === null && !(this.#isPython && reply !== null)) throw answerLost()
    if (cell.reply === null && reply !== null) cell.end(withoutQuestion(reply))
    else cell.isIdle = true
    return true
  }

  get #isPython(): boolean {
    return this.#kernel.implementation === 'ipython'
  }

  /** A kernel that does not show its process may have been restarted, and then counts from 0 again. */
  #isSameProcess(countBefore: number): boolean {
    return this.#kernel.showsRestarts || countBefore > 0
  }
}
