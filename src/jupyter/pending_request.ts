import { RunError } from '../errors.ts'
import type { ExecuteReply, KernelMessage } from './messages.ts'

/**
 * A request to a kernel, which is over when both its reply and its idle status have come. They come
 * on channels of their own, and so in either order.
 */
export class PendingRequest {
  /** What the answers name as their parent. */
  readonly id: string
  /** The reply to an execute request. */
  reply: ExecuteReply | null = null
  isIdle = false
  /** Whether the kernel has answered anything. */
  hasBegun = false
  #isReplied = false

  constructor(id: string) {
    this.id = id
  }

  get isReplied(): boolean {
    return this.#isReplied || this.reply !== null
  }

  get isOver(): boolean {
    return this.isReplied && this.isIdle
  }

  /** Ends it with a reply that is known by other means; none of its own comes any more. */
  end(reply: ExecuteReply): void {
    this.reply = reply
    this.isIdle = true
  }

  /**
   * Updates the state by a message; returns whether it answers this request. Throws OUTPUT_TOO_LARGE
   * where the reply was too large to be read.
   */
  take(message: KernelMessage): boolean {
    if (message.parentId !== this.id) return false
    this.hasBegun = true
    if (message.type === 'execute_reply') this.reply = message
    else if (message.type === 'kernel_info_reply') this.#isReplied = true
    else if (message.type === 'status' && message.state === 'idle') this.isIdle = true
    else if (message.type === 'oversized' && message.name === 'execute_reply') {
      throw replyTooLarge(message.bytes)
    }
    return true
  }
}

function replyTooLarge(bytes: number): RunError {
  return new RunError(
    'OUTPUT_TOO_LARGE',
    `Cannot take an answer of ${Math.round(bytes / 1e6)} MB in one message`,
    { advice: 'write large data to a file instead' },
  )
}
