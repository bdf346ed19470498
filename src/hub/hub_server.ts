import { setTimeout as delay } from 'node:timers/promises'
import pRetry from 'p-retry'
import { asRunError, isTemporary, RunError } from '../errors.ts'
import type { Emit, HubReport } from '../events.ts'
import { hadNoEffect } from '../jupyter/response_error.ts'
import { deadline } from '../util/abort.ts'
import { type HubApi, type ServerName, serverTitle } from './hub_api.ts'

export interface HubServerOptions {
  /** Whether the name was made for this run: then the server is removed when it is stopped. */
  readonly isNew: boolean
  /** What the spawner gets as `user_options`. */
  readonly spawnerOptions: Readonly<Record<string, unknown>>
  readonly startTimeoutMs: number
  /** Gets `server_waiting` for each message of the Hub about the start. */
  readonly emit: Emit
}

const pollMs = 500
/** The Hub may say that the start goes on and end its stream. */
const maxStreams = 20

/** A user's server on JupyterHub, from its start to its stop; one that ran before is left running. */
export class HubServer {
  readonly name: ServerName
  readonly #hub: HubApi
  readonly #options: HubServerOptions
  /** `requested`: the Hub may have begun to start it. */
  #state: 'new' | 'requested' | 'found' = 'new'
  /** The Hub has taken the request to stop it. */
  #isStopping = false
  #startMs: number | null = null
  #stopped: boolean | null = null
  #messages = 0
  /** The last thing that the Hub has said about the start. */
  #lastMessage = ''
  /** Why it could not be stopped. */
  stopError: RunError | null = null

  constructor(hub: HubApi, name: ServerName, options: HubServerOptions) {
    this.#hub = hub
    this.name = name
    this.#options = options
  }

  /** For the run's report. */
  get report(): HubReport {
    const { user, server } = this.name
    return { user, server, startMs: this.#startMs, stopped: this.#stopped }
  }

  /**
   * Starts the server, unless it runs, and returns its address when it is ready. Throws
   * HUB_START_FAILED, HUB_FORBIDDEN, or the signal's reason.
   */
  async start(signal: AbortSignal): Promise<URL> {
    const startedTick = performance.now()
    const { startTimeoutMs, isNew } = this.#options
    using limit = deadline(startTimeoutMs, () => this.#failed(this.#timedOut()), signal)
    try {
      if (!isNew && (await this.#isActive(limit.signal))) this.#state = 'found'
      else await this.#request(limit.signal)
      const url = await this.#ready(limit.signal)
      this.#startMs = Math.round(performance.now() - startedTick)
      return url
    } catch (error) {
      limit.signal.throwIfAborted()
      throw error
    }
  }

  /** Stops the server if this run has started it, within `budgetMs` or until `giveUp` aborts. Never throws. */
  async stop(budgetMs: number, giveUp: AbortSignal): Promise<void> {
    if (this.#state !== 'requested') return
    using limit = deadline(budgetMs, () => this.#notStopped(`within ${budgetMs / 1000} s`), giveUp)
    try {
      await this.#stopNow(limit.signal)
      this.#stopped = true
    } catch (error) {
      // A Hub that has begun to stop it needs nobody to wait for it.
      this.#stopped = giveUp.aborted && this.#isStopping
      if (this.#stopped) return
      const late = giveUp.aborted ? this.#notStopped('before the run had to end') : null
      this.stopError = late ?? asRunError(limit.signal.aborted ? limit.signal.reason : error)
    }
  }

  async #stopNow(signal: AbortSignal): Promise<void> {
    for (;;) {
      const answer = await this.#hub.stop(this.name, this.#options.isNew, signal)
      if (answer === 'stopped') return
      this.#isStopping = answer === 'stopping'
      if (this.#isStopping) break
      await delay(pollMs, undefined, { signal })
    }
    while ((await this.#activity(signal)) !== undefined) {
      await delay(pollMs, undefined, { signal })
    }
  }

  /** Whether somebody has started it, or is starting it. */
  async #isActive(signal: AbortSignal): Promise<boolean> {
    const activity = await this.#activity(signal)
    return activity === 'ready' || activity === 'spawn'
  }

  /** "ready", or what the Hub does with it: "spawn", "stop"; undefined for a server that is not active. */
  async #activity(signal: AbortSignal): Promise<string | undefined> {
    const { user, server } = this.name
    return (await this.#hub.activeServers(user, signal)).get(server)
  }

  /** Requests the server until the Hub takes the request. */
  async #request(signal: AbortSignal): Promise<void> {
    this.#options.emit({ type: 'hub_starting', hub: this.#hub.rest.url.href, ...this.name })
    const attempt = async () => {
      const before = this.#state
      this.#state = 'requested'
      try {
        const answer = await this.#hub.start(this.name, this.#options.spawnerOptions, signal)
        // Somebody else was faster; an own request whose answer was lost started it as well.
        if (answer === 'running before' && before === 'new') this.#state = 'found'
      } catch (error) {
        if (before === 'new' && hadNoEffect(error)) this.#state = 'new'
        throw error
      }
    }
    await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 500,
      maxTimeout: 5_000,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => isTemporary(error),
      onFailedAttempt: ({ error }) => {
        if (!signal.aborted && isTemporary(error)) this.#reportProgress(asRunError(error).message)
      },
    })
  }

  /** Follows what the Hub says until the server is ready: its address. */
  async #ready(signal: AbortSignal): Promise<URL> {
    for (let streams = 0; streams < maxStreams; streams += 1) {
      try {
        for await (const event of this.#hub.progress(this.name, signal)) {
          if (event.url !== null) return this.#addressOf(event.url)
          if (event.hasFailed) throw this.#failed(event.message || 'JupyterHub says that it failed')
          this.#reportProgress(
            event.percent === null ? event.message : `${event.message} (${event.percent} %)`,
          )
        }
      } catch (error) {
        if (signal.aborted || !isTemporary(error)) throw error
        this.#reportProgress(asRunError(error).message)
      }
      await delay(pollMs, undefined, { signal })
    }
    throw this.#failed('JupyterHub does not say whether it started')
  }

  #addressOf(text: string): URL {
    const hub = this.#hub.rest.url
    const url = URL.canParse(text, hub.origin) ? new URL(text, hub.origin) : null
    if (url?.origin === hub.origin && url.pathname.endsWith('/')) return new URL(url.pathname, url)
    const reason = `its address ${JSON.stringify(text)} is not one of ${hub.origin}`
    throw new RunError('HUB_START_FAILED', `Cannot use the server ${this.#title}: ${reason}`, {
      advice: 'a token goes to no other host than the one that was named',
    })
  }

  #reportProgress(reason: string): void {
    if (reason === '' || reason === this.#lastMessage) return
    this.#messages += 1
    this.#lastMessage = reason
    this.#options.emit({ type: 'server_waiting', attempt: this.#messages, reason })
  }

  #timedOut(): string {
    const seconds = this.#options.startTimeoutMs / 1000
    const last = this.#lastMessage === '' ? '' : `; JupyterHub said last: ${this.#lastMessage}`
    return `it was not ready within ${seconds} s (--start-timeout)${last}`
  }

  #failed(reason: string): RunError {
    return new RunError('HUB_START_FAILED', `Cannot start the server ${this.#title}: ${reason}`)
  }

  #notStopped(when: string): RunError {
    const what = `Cannot tell that the server ${this.#title} was stopped: JupyterHub did not say so ${when}`
    return new RunError('SERVER_UNREACHABLE', what, { advice: 'look at the page of JupyterHub' })
  }

  get #title(): string {
    return serverTitle(this.name)
  }
}
