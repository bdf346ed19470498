import type { RunError } from '../errors.ts'
import { isRecord } from '../util/record.ts'
import { ContentsApi } from './contents.ts'
import type { Credentials } from './credentials.ts'
import { KernelsApi } from './kernels.ts'
import { KernelspecsApi } from './kernelspecs.ts'
import { NbconvertApi } from './nbconvert.ts'
import type { JupyterResponse } from './response_error.ts'
import { type Call, responseLimits, RestClient } from './rest.ts'
import { findKind, type ServerKind } from './server_kind.ts'

/** One Jupyter Server: each of its APIs apart, all of them over one session. */
export class JupyterServer {
  readonly rest: RestClient
  readonly status: StatusApi
  readonly kernelspecs: KernelspecsApi
  readonly kernels: KernelsApi
  readonly contents: ContentsApi
  readonly nbconvert: NbconvertApi

  /** `credentialsLate` gives the error for credentials that did not come within a time, as "8 s". */
  constructor(
    url: URL,
    credentials: Credentials,
    credentialsLate?: (time: string) => RunError | null,
  ) {
    this.rest = new RestClient(url, credentials, credentialsLate)
    this.status = new StatusApi(this.rest)
    this.kernelspecs = new KernelspecsApi(this.rest)
    this.kernels = new KernelsApi(this.rest)
    this.contents = new ContentsApi(this.rest)
    this.nbconvert = new NbconvertApi(this.rest)
  }

  /** The server's address with its base URL, ending in a slash. */
  get url(): URL {
    return this.rest.url
  }
}

/** The response to `GET /api`, by whatever it was sent. */
export interface ProbeResponse extends JupyterResponse {
  /** The version of the Jupyter Server; null when something else responds, or it requires a token. */
  readonly version: string | null
}

/** What a server says of itself: `/api` and `/api/status`. */
class StatusApi {
  readonly #rest: RestClient

  constructor(rest: RestClient) {
    this.#rest = rest
  }

  /** Asks without the token who responds at the address. */
  async probe(signal: AbortSignal): Promise<ProbeResponse> {
    const call: Call = {
      purpose: `call ${this.#rest.url.host}`,
      probe: true,
      timeoutMs: 10_000,
      limit: responseLimits.version,
    }
    const response = await this.#rest.call('api', call, signal)
    const version = isRecord(response.json) ? response.json['version'] : null
    const isVersion = response.status === 200 && typeof version === 'string'
    return { ...response, version: isVersion ? version : null }
  }

  /** Probes, and throws unless a Jupyter Server responds: SERVER_UNREACHABLE when it does not yet. */
  async requireJupyter(signal: AbortSignal): Promise<void> {
    const response = await this.probe(signal)
    if (response.version !== null) return
    // A Jupyter behind a login of its own refuses in JSON; whether our token opens it shows next.
    const isRefused = response.status === 401 || response.status === 403
    if (isRefused && response.json !== undefined) return
    throw this.#rest.error({ purpose: `call ${this.#rest.url.host}` }, response)
  }

  /** Which kind of server it is, by the APIs that it has. */
  async kind(signal: AbortSignal): Promise<ServerKind> {
    return await findKind(this.#rest, signal)
  }

  /** Tells the server to end, with its kernels; it may be gone before it has answered. */
  async shutDown(signal: AbortSignal): Promise<void> {
    const call: Call = { purpose: 'shut the server down', method: 'POST', timeoutMs: 5_000 }
    const response = await this.#rest.call('api/shutdown', call, signal)
    if (response.status !== 200) throw this.#rest.error(call, response)
  }

  /** When the server was started, which tells one instance from another; null when it does not say. */
  async startedAt(signal: AbortSignal): Promise<string | null> {
    const call: Call = {
      purpose: 'ask for the state of the server',
      timeoutMs: 10_000,
      limit: responseLimits.status,
    }
    const response = await this.#rest.callIdempotent('api/status', call, { signal })
    if (response.status !== 200) throw this.#rest.error(call, response)
    const started = isRecord(response.json) ? response.json['started'] : null
    return typeof started === 'string' ? started : null
  }
}
