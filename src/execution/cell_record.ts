import type { RunError } from '../errors.ts'
import type { CellRef } from '../events.ts'
import type { ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/nbformat.ts'
import { jsonText } from '../util/json.ts'
import { outputOf } from './output.ts'
import type { OutputList } from './output_list.ts'
import { oversizedError, failureOf } from './cell_failure.ts'
import type { CellSnapshot, ErrorOutputState } from './snapshot.ts'

/**
 * The messages with an execution count, the most reliable one last: IPython's reply also counts
 * code that the cell ran through IPython, and in a result the count can be set by the notebook.
 */
const countSources: readonly string[] = ['execute_result', 'execute_reply', 'execute_input']

/** The state of one execution of a code cell: outputs, execution count, timing and errors. */
export class CellRecord {
  readonly ref: CellRef
  readonly request: string
  readonly outputs: OutputList
  #timing: Record<string, string> = {}
  #executionCount: number | null = null
  /** Index in `countSources` of the message that set the count; -1 when none has. */
  #countSource = -1
  #error: ErrorOutputState = 'none'
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

  /** Changes with what `snapshot()` returns. */
  get revision(): string {
    const steps = Object.keys(this.#timing).length
    const flags = [steps, this.#executionCount, this.#error, this.#hasLostError, this.#isOver]
    return [this.request, ...flags, this.outputs.revision].join(' ')
  }

  snapshot(): CellSnapshot {
    return {
      request: this.request,
      executionCount: this.#executionCount,
      countSource: this.#countSource,
      timing: this.timing,
      error: this.#error,
      hasLostError: this.#hasLostError,
      isOver: this.#isOver,
      ...this.outputs.snapshot(),
    }
  }

  /** Call for a new record: makes it what it was at `snapshot()`. */
  restore(snapshot: CellSnapshot): void {
    this.#executionCount = snapshot.executionCount
    this.#countSource = snapshot.countSource
    this.#timing = { ...snapshot.timing }
    this.#error = snapshot.error
    this.#hasLostError = snapshot.hasLostError
    this.#isOver = snapshot.isOver
    this.outputs.restore(snapshot)
  }

  /** Updates timing, count and error state from a message; returns its output, null if it has none. */
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

  /** Call with the count that the kernel tells, when the messages with it may be lost. */
  setCount(count: number | null): void {
    this.#executionCount ??= count
  }

  /** Call when an error output of the cell could not be kept. */
  loseError(): void {
    this.#hasLostError = true
  }

  /** Why the cell failed, according to its reply and its outputs; null when it succeeded. */
  failureBy(reply: ExecuteReply): RunError | null {
    const failure = failureOf(this.ref, reply, this.outputs.all)
    return failure ?? (this.#hasLostError ? oversizedError(this.ref) : null)
  }

  /** Call when the cell's result is final: an error that arrives afterwards is late. */
  end(): void {
    this.#isOver = true
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * The error of the reply as an output, if the server dropped the error message; else null. An
   * error without a traceback has no such message: the kernel prints it to a stream or not at all.
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

/** The key in a cell's `metadata.execution` for the time of this message; null for other messages. */
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

/** `metadata.execution` without the times of an earlier run; other values as text, for nbformat. */
export function withoutSteps(execution: Readonly<Record<string, unknown>>): Record<string, string> {
  const others = Object.entries(execution).filter(([name]) => !/^(iopub|shell)\./.test(name))
  return Object.fromEntries(others.map(([name, value]) => [name, textOf(value)]))
}

/** A message's date in UTC with microseconds, as Jupyter's front ends write it; now for null. */
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
