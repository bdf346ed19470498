import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import { plainText } from '../plain_text.ts'
import { ipythonShell } from './ipython_shell.ts'

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

/** How a cell ended, asked after a reconnection: then nothing more of it is to come. */
export class EndQuestion {
  readonly #kernel: Kernel
  #request: string | null = null

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  ask(): void {
    this.#request = askHowItEnded(this.#kernel)
  }

  isOf({ parentId }: KernelMessage): boolean {
    return parentId !== null && parentId === this.#request
  }

  /** The reply that the cell ended with; null as long as the kernel does not tell. */
  endIn(
    message: KernelMessage,
    { reply, hasBegun }: { readonly reply: ExecuteReply | null; readonly hasBegun: boolean },
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
