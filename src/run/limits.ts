import { RunError } from '../errors.ts'
import type { RunRequest } from '../request/run_request.ts'
import { deadline, type Deadline } from '../util/abort.ts'

type TimeLimits = Pick<RunRequest, 'runTimeoutMs' | 'startTimeoutMs'>

/** The time limits of one run: of the whole, and of its start, until the kernel answers. */
export class RunLimits implements Disposable {
  /** Aborts with RUN_TIMED_OUT, or when the run is stopped. */
  readonly run: AbortSignal
  /** For what has to be done before the first cell; aborts with KERNEL_START_FAILED, or as `run` does. */
  readonly start: AbortSignal
  readonly #whole: Deadline
  readonly #start: Deadline
  readonly #over = new AbortController()

  constructor(request: TimeLimits, signal: AbortSignal) {
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

function runTimedOut({ runTimeoutMs }: TimeLimits): RunError {
  const seconds = (runTimeoutMs ?? 0) / 1000
  return new RunError('RUN_TIMED_OUT', `Cannot finish within ${seconds} s (--timeout)`)
}

function kernelNotStarted({ startTimeoutMs }: TimeLimits): RunError {
  const seconds = startTimeoutMs / 1000
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel: it did not answer within ${seconds} s of the run (--start-timeout)`,
  )
}
