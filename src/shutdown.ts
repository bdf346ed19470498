import { RunError } from './errors.ts'
import { deadline, noop, until } from './lifetime.ts'

const cleanUpMs = 8_000 // Cloud Run kills what still runs 10 s after its SIGTERM
const answerMs = 100

/** Ends a process that serves runs only when the runs in it have cleaned up behind them. */
export class Shutdown {
  readonly #process: NodeJS.Process
  readonly #stop = new AbortController()
  readonly #runs = new Set<Promise<unknown>>()
  #isArmed = false

  constructor(process: NodeJS.Process) {
    this.#process = process
  }

  /** Does `work`, whose signal aborts when the platform stops the process. */
  async guard<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#arm()
    const run = work(this.#stop.signal)
    this.#runs.add(run)
    try {
      return await run
    } finally {
      this.#runs.delete(run)
    }
  }

  /** functions-framework listens too, and ends the process at once: its listeners have to go. */
  #arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      this.#process.removeAllListeners(name)
      this.#process.once(name, () => void this.#end(name)) // never rejects
    }
  }

  async #end(name: NodeJS.Signals): Promise<void> {
    const verdict = new RunError(
      'INSTANCE_STOPPED',
      `Cannot go on: the platform stops this instance (${name})`,
    )
    this.#stop.abort(verdict)
    using limit = deadline(cleanUpMs, () => verdict)
    await until(Promise.allSettled(this.#runs), limit.signal).catch(noop)
    setTimeout(() => this.#process.exit(), answerMs) // the last answers are on their way out
  }
}
