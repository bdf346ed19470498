import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { PendingRequest } from '../jupyter/pending_request.ts'
import { deadline } from '../util/abort.ts'
import { type CellIndex, cellName } from '../util/cell_name.ts'
import { plainText } from '../util/text.ts'
import type { CellRecord } from './cell_record.ts'
import type { RunOutputs } from './outputs.ts'

/** Processes the kernel's messages until `isOver()`; throws the signal's reason. */
export type Listen = (isOver: () => boolean, signal: AbortSignal) => Promise<void>

export interface ReplyCheckOptions {
  readonly kernel: Pick<Kernel, 'implementation' | 'inspect' | 'ask'>
  readonly outputs: Pick<RunOutputs, 'addRequest'>
  /** Time without a reply after which the kernel is asked; 30 s by default. */
  readonly afterMs?: number | undefined
}

const defaultAfterMs = 30_000
const maxAnswerMs = 5_000

/**
 * Nesting depth of the cells that IPython is running (display_trap.py). If the notebook redefines
 * `get_ipython`, IPython finds its own function among the builtins.
 */
const runningCells = 'get_ipython.__self__.display_trap._nested_level'
const shownNumber = /^Type:\s+int\nString form:\s+(\d+)$/m

/**
 * Finds out whether a cell's reply can still arrive, with an inspect request sent after the cell.
 * IPython handles requests one at a time, so it answers only after the cell, unless the cell lets
 * IPython handle other requests meanwhile (jupyter_ui_poll): then the answer says that the cell is
 * running. When a cell has ended with `sys.stdout` or `sys.stderr` unable to flush, ipykernel
 * (kernelbase.py) sends neither the cell's reply nor its idle status, but answers the inspect
 * request. That request runs no code of the notebook and no hooks, and leaves the history alone.
 */
export class ReplyCheck {
  readonly #cell: CellRecord
  readonly #kernel: ReplyCheckOptions['kernel']
  readonly #outputs: ReplyCheckOptions['outputs']
  readonly #afterMs: number
  /** The inspect requests by id; true once IPython was idle after it. */
  readonly #questions = new Map<string, boolean>()
  /** The id of the inspect request that is not answered yet. */
  #open: string | null = null
  #isOver = false
  /** The id of the kernel info request of `listenAfterIdle()`. */
  #probe: string | null = null

  constructor(cell: CellRecord, { kernel, outputs, afterMs = defaultAfterMs }: ReplyCheckOptions) {
    this.#cell = cell
    this.#kernel = kernel
    this.#outputs = outputs
    this.#afterMs = afterMs
  }

  /** Listens until the cell is answered; throws CELL_FAILED when its reply cannot arrive any more. */
  async listen(isAnswered: () => boolean, listen: Listen, signal: AbortSignal): Promise<void> {
    while (!isAnswered()) {
      // Only IPython is known to handle requests one at a time.
      using wait = deadline(this.#canAsk ? this.#afterMs : null, noReply, signal)
      await listenWithin(wait.signal, listen(isAnswered, wait.signal), signal)
      if (isAnswered()) return
      this.#ask()
      await listen(() => isAnswered() || this.#open === null, signal)
      if (this.#isOver && !isAnswered()) throw neverAnswered(this.#cell.ref.index)
    }
  }

  /**
   * For a cell that is idle but has no reply: throws CELL_FAILED when the kernel still answers
   * another request, KERNEL_GONE when it does not.
   */
  async listenAfterIdle(
    isReplied: () => boolean,
    listen: Listen,
    signal: AbortSignal,
  ): Promise<void> {
    if (isReplied()) return
    this.#probe = this.#kernel.ask()
    using wait = deadline(maxAnswerMs, noReply, signal)
    await listen(() => isReplied() || this.#probe === null, wait.signal)
    if (!isReplied()) throw replyMissing(this.#cell.ref.index)
  }

  /**
   * Returns null for messages that belong to the inspect request, and all others. When IPython 8 has
   * handled the inspect request during the cell, the cell's later messages, with its idle status,
   * have that request as their parent: these are returned with the cell's request as parent.
   */
  take(message: KernelMessage): KernelMessage | null {
    const { parentId } = message
    if (message.type === 'kernel_info_reply' && parentId === this.#probe) this.#probe = null
    const wasIdle = parentId === null ? undefined : this.#questions.get(parentId)
    if (parentId === null || wasIdle === undefined) return message
    if (message.type === 'inspect_reply') {
      this.#isOver ||= this.#open === parentId && numberIn(message.text) === 0
      if (this.#open === parentId) this.forget()
      return null
    }
    if (message.type === 'status' && !wasIdle) {
      if (message.state === 'idle') this.#questions.set(parentId, true)
      return null
    }
    return { ...message, parentId: this.#cell.request }
  }

  /** Call when the answer may be lost, as after a reconnection; `listen()` then asks again. */
  forget(): void {
    this.#open = null
  }

  get #canAsk(): boolean {
    return this.#kernel.implementation === 'ipython'
  }

  #ask(): void {
    this.#open = this.#kernel.inspect(runningCells)
    this.#questions.set(this.#open, false)
    this.#outputs.addRequest(this.#cell, this.#open)
  }
}

function numberIn(text: string): number | null {
  const [, digits] = shownNumber.exec(plainText(text)) ?? []
  return digits === undefined ? null : Number(digits)
}

/**
 * Waits for `listening`. Returns when `time` stopped it; throws when `outer`, on which `time`
 * depends, has aborted, and for other errors.
 */
export async function listenWithin(
  time: AbortSignal,
  listening: Promise<void>,
  outer: AbortSignal,
): Promise<void> {
  try {
    await listening
  } catch (error) {
    if (outer.aborted || !time.aborted) throw error
  }
}

export function noReply(): RunError {
  return new RunError(
    'KERNEL_GONE',
    'Cannot go on: the kernel went idle without answering; it may be shutting down',
  )
}

/** ipykernel only logs that it could not send the reply, and goes idle. */
function replyMissing(cell: CellIndex): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cannot tell how ${cellName(cell)} ended: the kernel is idle and answers other requests, but did ` +
      'not answer the cell; IPython cannot where sys.stdout or sys.stderr is None, nor after exit() ' +
      'with an argument that JSON has no value for',
  )
}

/** IPython does not reply to a cell that leaves `sys.stdout` or `sys.stderr` unable to flush. */
function neverAnswered(cell: CellIndex): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cannot tell how ${cellName(cell)} ended: it is not running any more, and the kernel answers what was ` +
      'sent after it, but not the cell; sys.stdout or sys.stderr may have been closed, or replaced ' +
      'by an object without flush(), which has to be undone before a cell ends',
  )
}

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
export function withoutQuestion(reply: ExecuteReply): ExecuteReply {
  const traceback = reply.error.traceback.filter((frame) => !plainText(frame).includes(raiseAgain))
  return { ...reply, error: { ...reply.error, traceback } }
}

export function answerLost(): RunError {
  return new RunError(
    'CONNECTION_LOST',
    'Cannot tell how the cell ended: the connection broke, and its answer was lost with it',
  )
}
