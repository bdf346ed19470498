import type { Api, RunMessage, RunCall } from './api.ts'

/** The run that this page has started, until its stream ends. */
export class ActiveRun {
  readonly #api: Api
  readonly #runCall: RunCall
  readonly #stream = new AbortController()
  #runId: string | null = null
  #isStopping = false

  constructor(api: Api, runCall: RunCall) {
    this.#api = api
    this.#runCall = runCall
  }

  /** Whether the stream was closed here, so that no report follows. */
  get isClosed(): boolean {
    return this.#stream.signal.aborted
  }

  async *messages(): AsyncGenerator<RunMessage, void, void> {
    for await (const message of this.#api.run(this.#runCall, this.#stream.signal)) {
      if (message.type === 'run_started') this.#runId = message.runId
      yield message
    }
  }

  /**
   * Cancels the run and lets its stream go on up to the report. Closes the stream where that is all
   * that can be done: the run has no id yet, it is on another instance, or this is the second call.
   */
  async stop(): Promise<void> {
    const isRepeated = this.#isStopping
    this.#isStopping = true
    const isCancelled =
      this.#runId !== null && !isRepeated && (await this.#api.cancelRun(this.#runId))
    if (!isCancelled) this.#stream.abort()
  }

  /** Cancels the run while the page is left; what it sends then outlives the page. */
  leave(): void {
    if (this.#runId !== null) this.#api.cancelRunOnLeaving(this.#runId)
    this.#stream.abort()
  }
}
