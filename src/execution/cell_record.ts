import type { RunError } from '../errors.ts'
import type { CellRef } from '../events.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/notebook.ts'
import { outputOf } from './output.ts'
import type { OutputList } from './output_list.ts'
import { stepOf, timestamp } from './timing.ts'
import { errorLeftOut, failureOf } from './verdict.ts'

/**
 * The messages that say the prompt's number, the most trustworthy one last: the reply of IPython
 * counts what the cell has run inside it, and a result carries whatever its sender wrote.
 */
const countSources: readonly string[] = ['execute_result', 'execute_reply', 'execute_input']

/** What one execution of a code cell has come to so far. */
export class CellRecord {
  readonly ref: CellRef
  readonly request: string
  readonly outputs: OutputList
  readonly #timing: Record<string, string> = {}
  #executionCount: number | null = null
  /** The place in `countSources` of the message that the count is from. */
  #countSource = -1
  /** `rebuilt` from the reply: should the error itself come late, it is known already. */
  #error: 'none' | 'shown' | 'rebuilt' = 'none'
  #hasLostError = false
  #isOver = false

  constructor(ref: CellRef, request: string, outputs: OutputList) {
    this.ref = ref
    this.request = request
    this.outputs = outputs
  }

  get executionCount(): number | null {
    return this.#executionCount
  }

  get timing(): Readonly<Record<string, string>> {
    return { ...this.#timing }
  }

  /** Takes what a message says of the cell itself and gives the output that it is, if it is one. */
  take(message: KernelMessage): Output | null {
    const step = message.parentId === this.request ? stepOf(message) : null
    if (step !== null) this.#timing[step] = timestamp(message.date)
    if ('executionCount' in message) this.#count(message)
    if (message.type === 'error') {
      if (this.#error === 'rebuilt') return null
      this.#error = 'shown'
    }
    return outputOf(message)
  }

  /** An error that the cell showed could not be kept. */
  loseError(): void {
    this.#hasLostError = true
  }

  /** Why the cell failed, by its reply and by what it has put out; null when it did not. */
  failureBy(reply: ExecuteReply): RunError | null {
    const failure = failureOf(this.ref, reply, this.outputs.all)
    return failure ?? (this.#hasLostError ? errorLeftOut(this.ref) : null)
  }

  /** The verdict is out: what comes from now on is late. */
  end(): void {
    this.#isOver = true
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * The reply's error, if the server has dropped the one that was to be shown: one without a
   * traceback was not, since the kernel tells of it in a stream or not at all.
   */
  droppedError({ error }: ExecuteReply): Output | null {
    if (error.ename === '' || error.traceback.length === 0 || this.#error !== 'none') return null
    this.#error = 'rebuilt'
    return { output_type: 'error', ...error }
  }

  #count({ type, executionCount }: Extract<KernelMessage, { readonly executionCount: unknown }>) {
    const source = countSources.indexOf(type)
    if (executionCount === null || source < this.#countSource) return
    this.#executionCount = executionCount
    this.#countSource = source
  }
}
