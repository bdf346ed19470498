import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { PendingRequest } from '../jupyter/pending_request.ts'
import { plainText } from '../util/plain_text.ts'

/**
 * Finds out how a cell ended when its reply may have been lost with the connection, with a request
 * sent after the cell. Once that is answered, no further message of the cell will arrive.
 */
export class ReplyRecovery {
  readonly #kernel: Kernel
  #request: string | null = null

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Sends the recovery request. */
  ask(): void {
    this.#request = askHowItEnded(this.#kernel)
  }

  /** Whether the message answers the recovery request; if so, pass it to `replyIn()`. */
  isAnswer({ parentId }: KernelMessage): boolean {
    return parentId !== null && parentId === this.#request
  }

  /**
   * The reply of the cell; null when this message does not contain it. Throws CONNECTION_LOST when
   * it cannot be known any more.
   */
  replyIn(
    message: KernelMessage,
    { reply, hasBegun }: Pick<PendingRequest, 'reply' | 'hasBegun'>,
  ): ExecuteReply | null {
    const isReply = message.type === 'execute_reply'
    if (!isReply && message.type !== 'kernel_info_reply') return null
    this.#request = null
    if (reply !== null) return reply
    if (isReply && message.status === 'aborted') {
      this.ask() // a failed cell also aborts the requests after it
      return null
    }
    if (isReply && hasBegun) return withoutQuestion(message)
    throw answerLost()
  }
}

/**
 * A Python expression for IPython's `InteractiveShell`. It starts from a tuple and goes through
 * `sys.modules`, because the notebook may have redefined any name that could be used here:
 * `get_ipython`, `__import__`, even `__builtins__`. The search ends at `_ModuleLock`, which precedes
 * all classes of the notebook.
 */
export const ipythonShell =
  "(t for t in ().__class__.__base__.__subclasses__() if t.__name__ == '_ModuleLock').__next__()" +
  ".__init__.__globals__['sys'].modules['IPython.core.interactiveshell'].InteractiveShell.instance()"

const raiseAgain = '.last_execution_result.raise_error()'

/** Python code that raises the error of the cell before it, if that failed. */
export const sameEnd = `${ipythonShell}${raiseAgain}`

/**
 * Asks how the cell that was sent last ended; returns the id of the request. The answer arrives
 * after the cell's end: from IPython with the cell's status and error, from others without them.
 */
export function askHowItEnded(kernel: Kernel): string {
  if (kernel.implementation !== 'ipython') return kernel.ask()
  return kernel.execute(sameEnd, { stopOnError: false, silent: true })
}

/** The reply without the traceback frame of the recovery request. */
function withoutQuestion(reply: ExecuteReply): ExecuteReply {
  const traceback = reply.error.traceback.filter((frame) => !plainText(frame).includes(raiseAgain))
  return { ...reply, error: { ...reply.error, traceback } }
}

function answerLost(): RunError {
  return new RunError(
    'CONNECTION_LOST',
    'Cannot tell how the cell ended: the connection broke, and its answer was lost with it',
  )
}
