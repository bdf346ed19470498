import { RunError } from '../errors.ts'
import { deadline, noop, abortable } from './abort.ts'

const cleanUpMs = 8_000 // Cloud Run kills what still runs 10 s after its SIGTERM
const answerMs = 100

/** Ends a process that serves runs only when the runs in it have cleaned up behind them. */
export class Shutdown {
  readonly #process: NodeJS.Process
  readonly #reasonOf: (signal: NodeJS.Signals) => RunError
  /** Each run has a signal of its own, on which nothing of the others piles up. */
  readonly #runs = new Map<AbortController, Promise<unknown>>()
  #stopReason: RunError | null = null
  #isListening = false

  /** `reasonOf` gives the error with which the runs are stopped at a signal. */
  constructor(
    process: NodeJS.Process,
    reasonOf: (signal: NodeJS.Signals) => RunError = instanceStopped,
  ) {
    this.#process = process
    this.#reasonOf = reasonOf
  }

  /** Does `work`, whose signal aborts when the platform stops the process. */
  async guard<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.listen()
    const stop = new AbortController()
    if (this.#stopReason !== null) stop.abort(this.#stopReason)
    const run = work(stop.signal)
    this.#runs.set(stop, run)
    try {
      return await run
    } finally {
      this.#runs.delete(stop)
    }
  }

  /**
   * Takes the signals that end the process; `guard()` does it, too. functions-framework listens for
   * them as well, and ends the process at once: its listeners have to go.
   */
  listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      this.#process.removeAllListeners(name)
      // Not once: without a listener the next signal would end the process at once.
      this.#process.on(name, () => void this.#end(name)) // never rejects
    }
  }

  /** The platform may send several signals: the first one counts. */
  async #end(name: NodeJS.Signals): Promise<void> {
    if (this.#stopReason !== null) return
    const stopReason = this.#reasonOf(name)
    this.#stopReason = stopReason
    for (const stop of this.#runs.keys()) stop.abort(stopReason)
    using limit = deadline(cleanUpMs, () => stopReason)
    await abortable(Promise.allSettled(this.#runs.values()), limit.signal).catch(noop)
    setTimeout(() => this.#process.exit(), answerMs) // the last answers are on their way out
  }
}

function instanceStopped(name: NodeJS.Signals): RunError {
  const what = `Cannot go on: the platform stops this instance (${name})`
  return new RunError('INSTANCE_STOPPED', what)
}
