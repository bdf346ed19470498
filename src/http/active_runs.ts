import { RunError } from '../errors.ts'

/** The runs of this instance that can still be cancelled. */
export class ActiveRuns {
  readonly #runs = new Map<string, AbortController>()

  /** Dispose the result when the run has ended; its signal aborts when the run is cancelled. */
  add(runId: string): Disposable & { readonly signal: AbortSignal } {
    const run = new AbortController()
    this.#runs.set(runId, run)
    return { signal: run.signal, [Symbol.dispose]: () => void this.#runs.delete(runId) }
  }

  /** False when this instance has no such run, or it has ended. */
  cancel(runId: string): boolean {
    const run = this.#runs.get(runId)
    run?.abort(new RunError('CANCELLED', 'Cannot go on: a request cancelled the run'))
    return run !== undefined
  }
}
