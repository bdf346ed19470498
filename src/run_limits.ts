import { RunError } from './errors.ts'
import { deadline, type Deadline } from './lifetime.ts'
import type { RunRequest } from './request/run_request.ts'

/** The time limits of one run: of the whole, and of its start, until the kernel answers. */
export class RunLimits implements Disposable {
  /** For what the run does. */
  readonly run: AbortSignal
  /** For what has to be done before the first cell. */
  readonly start: AbortSignal
  readonly #whole: Deadline
  readonly #start: Deadline
  readonly #over = new AbortController()

  constructor(request: RunRequest, signal: AbortSignal) {
    this.#whole = deadline(request.runTimeoutMs, () => runTimedOut(request), signal)
    this.#start = deadline(request.startTimeoutMs, () => kernelNotStarted(request))
    this.run = this.#whole.signal
    this.start = AbortSignal.any([this.run, this.#start.signal, this.#over.signal])
  }

  /** The kernel has answered. */
  started(): void {
    this.#start[Symbol.dispose]()
  }

  /** Stops what was begun for the start and is not needed any more. */
  [Symbol.dispose](): void {
    this.#whole[Symbol.dispose]()
    this.#start[Symbol.dispose]()
    this.#over.abort(new RunError('CANCELLED', 'Cannot go on: the run is over'))
  }
}

function runTimedOut({ runTimeoutMs }: RunRequest): RunError {
  const seconds = (runTimeoutMs ?? 0) / 1000
  return new RunError('RUN_TIMED_OUT', `Cannot finish within ${seconds} s (--timeout)`)
}

function kernelNotStarted({ startTimeoutMs }: RunRequest): RunError {
  const seconds = startTimeoutMs / 1000
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel: it did not answer within ${seconds} s of the run (--start-timeout)`,
  )
}
