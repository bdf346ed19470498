import { asRunError, RunError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { HubApi, ownerOf, type ServerName } from '../hub/hub_api.ts'
import { HubServer } from '../hub/hub_server.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { HubRequest } from '../request/hub.ts'
import type { RunRequest } from '../request/run_request.ts'
import { openServer } from '../request/server_config.ts'
import { deadline, deadlineAfter, sinceAbort } from '../util/abort.ts'
import { quoteForError } from '../util/text.ts'
import { awaitServer } from './await_server.ts'
import { serverNotReady } from './find_notebook.ts'
import type { ReportBuilder } from './report.ts'

const stopMs = 60_000
/** What is left of a function's time when a run has used up its own. */
const lateStopMs = 10_000
/** A platform waits 8 s for an instance that it stops, and the report is still to be published. */
const maxInstanceStopMs = 6_500
/** Whoever else stops a run waits 10 s. */
const maxCancelMs = 8_500
const minStopMs = 1_500

export interface HubRunOptions {
  readonly request: RunRequest
  readonly redactor: Redactor
  readonly report: ReportBuilder
  readonly emit: Emit
}

/** The server that one run has on JupyterHub. */
export class HubRun {
  readonly #options: HubRunOptions
  readonly #request: HubRequest
  readonly #hub: JupyterServer
  /** The milliseconds since the run was stopped; null when it was not. */
  readonly #stoppedMs: () => number | null
  #server: HubServer | null = null

  /** `signal` stops the run. */
  constructor(options: HubRunOptions, request: HubRequest, signal: AbortSignal) {
    this.#options = options
    this.#request = request
    this.#hub = openServer(options.request.server, options.redactor)
    this.#stoppedMs = sinceAbort(signal)
  }

  /** Starts the server, within the time that the request has for it; returns its address. */
  async start(signal: AbortSignal): Promise<URL> {
    const { request, report, emit } = this.#options
    const { spawnerOptions, server } = this.#request
    using limit = deadline(request.startTimeoutMs, () => serverNotReady(this.#hub, request), signal)
    report.setHub({ user: this.#request.user, server: server ?? '', startMs: null, stopped: null })
    await awaitServer({ limits: request, server: this.#hub, emit }, limit.signal)
    const api = new HubApi(this.#hub.rest)
    const name = await this.#name(api, limit.signal)
    const { startTimeoutMs } = request
    const isNew = server === null
    this.#server = new HubServer(api, name, { isNew, spawnerOptions, startTimeoutMs, emit })
    try {
      return await this.#server.start(signal)
    } finally {
      report.setHub(this.#server.report)
    }
  }

  /**
   * Stops the server, if this run has started it; returns whether it was stopped. Throws nothing;
   * hurries when `signal` is aborted.
   */
  async stop(signal: AbortSignal): Promise<boolean> {
    if (this.#server === null) return false
    const { request, report, emit } = this.#options
    const maxMs = request.runTimeoutMs === null ? stopMs : lateStopMs
    const isPlatform = signal.aborted && asRunError(signal.reason).code === 'INSTANCE_STOPPED'
    const allMs = isPlatform ? maxInstanceStopMs : maxCancelMs
    const hurriedMs = Math.max(minStopMs, allMs - (this.#stoppedMs() ?? 0))
    using hurry = deadlineAfter(signal, hurriedMs, notStopped)
    await this.#server.stop(maxMs, hurry.signal)
    report.setHub(this.#server.report)
    const { stopError } = this.#server
    if (stopError !== null) emit({ type: 'warning', message: stopError.message })
    return this.#server.report.stopped === true
  }

  async #name(api: HubApi, signal: AbortSignal): Promise<ServerName> {
    const { user, server } = this.#request
    return {
      user: user ?? (await ownUser(api, signal)),
      server: server ?? `nbt-${this.#options.request.runId.replaceAll('-', '').slice(-12)}`,
    }
  }
}

async function ownUser(api: HubApi, signal: AbortSignal): Promise<string> {
  const identity = await api.identity(signal)
  const owner = ownerOf(identity)
  if (owner !== null) return owner
  const service = quoteForError(identity.name)
  const reason = `the token belongs to the service ${service}, which has no servers`
  throw new RunError('ARGUMENTS_INVALID', `Cannot start a server on JupyterHub: ${reason}`, {
    advice: 'name the user: --hub USER',
  })
}

function notStopped(): RunError {
  return new RunError('CANCELLED', 'Cannot wait for JupyterHub: the run has to end')
}
