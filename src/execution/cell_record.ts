import type { RunError } from '../errors.ts'
import type { CellRef } from '../events.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/nbformat.ts'
import { jsonText } from '../util/json.ts'
import { outputOf } from './output.ts'
import type { OutputList } from './output_list.ts'
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
   * traceback was not, since the kernel shows it in a stream or not at all.
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

/** The step of a cell's execution that a message marks, as a cell's `metadata.execution` names it. */
export function stepOf(message: KernelMessage): string | null {
  switch (message.type) {
    case 'status':
      return ['busy', 'idle'].includes(message.state) ? `iopub.status.${message.state}` : null
    case 'execute_input':
      return 'iopub.execute_input'
    case 'execute_reply':
      return 'shell.execute_reply'
    default:
      return null
  }
}

/** What `metadata.execution` held beside an earlier run's steps; nbformat wants it to be text. */
export function withoutSteps(execution: Readonly<Record<string, unknown>>): Record<string, string> {
  const others = Object.entries(execution).filter(([name]) => !/^(iopub|shell)\./.test(name))
  return Object.fromEntries(others.map(([name, value]) => [name, textOf(value)]))
}

/** In UTC with microseconds, as all front ends write it; now when the message has no date. */
export function timestamp(date: string | null): string {
  const [, seconds, fraction = ''] =
    /^(.+T\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:?00)?$/.exec(date ?? '') ?? []
  if (seconds !== undefined && !Number.isNaN(Date.parse(`${seconds}Z`))) {
    return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
  }
  const time = Date.parse(date ?? '')
  return new Date(Number.isNaN(time) ? Date.now() : time).toISOString().replace('Z', '000Z')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value)
}
