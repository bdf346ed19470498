import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { PendingRequest } from '../jupyter/pending_request.ts'
import { plainText } from '../util/plain_text.ts'

/**
 * Finds out how a cell ended when its reply may be lost with a connection: it asks the kernel behind
 * the cell. Once that is answered, nothing more of the cell is to come.
 */
export class ReplyRecovery {
  readonly #kernel: Kernel
  #request: string | null = null

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Sends the question. */
  ask(): void {
    this.#request = askHowItEnded(this.#kernel)
  }

  /** Whether the message answers the question; pass it to `replyIn()` then. */
  isAnswer({ parentId }: KernelMessage): boolean {
    return parentId !== null && parentId === this.#request
  }

  /**
   * The reply that the cell ended with; null as long as the kernel does not say. Throws
   * CONNECTION_LOST where that cannot be known any more.
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
      this.ask() // a cell that fails takes the question along
      return null
    }
    if (isReply && hasBegun) return withoutQuestion(message)
    throw answerLost()
  }
}

/**
 * A Python expression for IPython's `InteractiveShell`. It is looked up from a tuple, through
 * `sys.modules`, because the notebook may have given any name that could be used here another
 * meaning: `get_ipython`, `__import__`, even `__builtins__`. The search ends at the class that it
 * looks for, which is older than every class of the notebook.
 */
export const ipythonShell =
  "(t for t in ().__class__.__base__.__subclasses__() if t.__name__ == '_ModuleLock').__next__()" +
  ".__init__.__globals__['sys'].modules['IPython.core.interactiveshell'].InteractiveShell.instance()"

const raiseAgain = '.last_execution_result.raise_error()'

/** Ends as the cell before it did. */
export const sameEnd = `${ipythonShell}${raiseAgain}`

/**
 * Asks how the cell that was sent last has ended: the answer comes when it is over, and from
 * IPython it is the cell's own reply once more. Other kernels only say that it is over.
 */
export function askHowItEnded(kernel: Kernel): string {
  if (kernel.implementation !== 'ipython') return kernel.ask()
  return kernel.execute(sameEnd, { stopOnError: false, silent: true })
}

/** The cell's reply without the frame of the question, which the traceback begins with. */
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
