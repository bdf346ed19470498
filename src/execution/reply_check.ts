import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { KernelMessage } from '../jupyter/messages.ts'
import { deadline } from '../util/abort.ts'
import { plainText } from '../util/plain_text.ts'
import type { CellRecord } from './cell_record.ts'
import type { RunOutputs } from './outputs.ts'

/** Takes the kernel's messages until `isOver()`; throws the reason of the signal. */
export type Listen = (isOver: () => boolean, signal: AbortSignal) => Promise<void>

export interface ReplyCheckOptions {
  readonly kernel: Pick<Kernel, 'implementation' | 'inspect' | 'ask'>
  readonly outputs: Pick<RunOutputs, 'addRequest'>
  /** Time without an answer after which the kernel is asked; 30 s by default. */
  readonly afterMs?: number | undefined
}

const defaultAfterMs = 30_000
const maxAnswerMs = 5_000

/**
 * How many cells IPython is running, one within the other (display_trap.py). A notebook may give
 * `get_ipython` another meaning: IPython then finds its own function among the builtins.
 */
const runningCells = 'get_ipython.__self__.display_trap._nested_level'
const shownNumber = /^Type:\s+int\nString form:\s+(\d+)$/m

/**
 * Finds out whether a cell's reply is still to come, by a question sent behind the cell. IPython
 * serves one request after the other, so a running cell holds the answer back, unless it has IPython
 * serve other requests meanwhile (jupyter_ui_poll): then the answer says that the cell is running.
 * When a cell has ended with `sys.stdout` or `sys.stderr` unable to flush, ipykernel (kernelbase.py)
 * sends neither its reply nor its idle status, but it does answer the question. The question runs no
 * code of the notebook, no hook and no history.
 */
export class ReplyCheck {
  readonly #cell: CellRecord
  readonly #kernel: ReplyCheckOptions['kernel']
  readonly #outputs: ReplyCheckOptions['outputs']
  readonly #afterMs: number
  /** All questions; true when IPython was idle after it. */
  readonly #questions = new Map<string, boolean>()
  /** The one that is not answered yet. */
  #open: string | null = null
  #isOver = false
  /** Asks whether the kernel answers at all. */
  #probe: string | null = null

  constructor(cell: CellRecord, { kernel, outputs, afterMs = defaultAfterMs }: ReplyCheckOptions) {
    this.#cell = cell
    this.#kernel = kernel
    this.#outputs = outputs
    this.#afterMs = afterMs
  }

  /** Listens until the cell is answered; throws CELL_FAILED when it never will be. */
  async listen(isAnswered: () => boolean, listen: Listen, signal: AbortSignal): Promise<void> {
    while (!isAnswered()) {
      // Only IPython is known to serve one request after the other.
      using wait = deadline(this.#canAsk ? this.#afterMs : null, noReply, signal)
      await listenWithin(wait.signal, listen(isAnswered, wait.signal), signal)
      if (isAnswered()) return
      this.#ask()
      await listen(() => isAnswered() || this.#open === null, signal)
      if (this.#isOver && !isAnswered()) throw neverAnswered(this.#cell.ref.index)
    }
  }

  /**
   * For a cell whose reply did not come although it is idle: throws CELL_FAILED when the kernel
   * answers a question, and so is able to, else KERNEL_GONE.
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
   * Takes what belongs to the answer, and gives everything else back, as a message of the cell where
   * it belongs to one: when IPython 8 has served the question while a cell runs, all that the cell
   * says from then on names the question as its parent, and the idle status at its end, too.
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

  /** Call when the answer may be lost, as after a reconnection: the kernel is asked again. */
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
 * Waits for `listening`. That the signal `time` stopped it is no error, unless `outer`, which `time`
 * depends on, has aborted.
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

/** ipykernel only logs what it could not do, and is idle. */
function replyMissing(cell: number): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cannot tell how cell ${cell} ended: the kernel is idle and answers other requests, but did ` +
      'not answer the cell; IPython cannot where sys.stdout or sys.stderr is None, nor after exit() ' +
      'with an argument that JSON has no value for',
  )
}

/** IPython does not answer a cell that has left `sys.stdout` or `sys.stderr` unable to flush. */
function neverAnswered(cell: number): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cannot tell how cell ${cell} ended: it is not running any more, and the kernel answers what was ` +
      'sent after it, but not the cell; sys.stdout or sys.stderr may have been closed, or replaced ' +
      'by an object without flush(), which has to be undone before a cell ends',
  )
}
