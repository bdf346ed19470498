import { RunError } from '../errors.ts'
import { isRecord } from '../util/record.ts'
import { type ClientMessage, kernelInfoRequest } from './client_messages.ts'
import type { Headers } from './credentials.ts'
import type { KernelMessage } from './messages.ts'
import { type JupyterResponse, NoEffectError, serverMessage } from './response_error.ts'
import type { Call, RestClient } from './rest.ts'
import { isRunSession } from './run_ids.ts'

export interface NewKernel {
  /** Chosen by us before the request is sent; servers before 2.21 choose another one. */
  readonly id: string
  /** The kernelspec's name. */
  readonly name: string
  /** The notebook's path: the kernel works in its folder. */
  readonly path: string
  /** What a Kernel Gateway or an Enterprise Gateway needs besides; null on any other server. */
  readonly gateway: GatewayStart | null
}

/** How a gateway is to start a kernel. */
export interface GatewayStart {
  /** The kernel's environment, of which a gateway takes what its configuration allows. */
  readonly env: Readonly<Record<string, string>>
  /** It answers when the kernel runs, for which a machine may have to be started first. */
  readonly timeoutMs: number
}

/** A kernel in the server's list. */
export interface ListedKernel {
  readonly id: string
  /** The kernelspec's name. */
  readonly name: string
  /** "idle", "busy", "starting" ...; empty when the server does not say. */
  readonly state: string
  /** How many WebSockets are open; null when the server does not say. */
  readonly connections: number | null
  /** In milliseconds since 1970; null when the server does not say. */
  readonly lastActivityMs: number | null
}

/** Where a kernel's messages come and go. */
export interface ChannelEndpoint {
  readonly url: URL
  /** A request that the kernel answers even while a cell runs: the answer shows that messages pass. */
  readonly createProbe: () => ClientMessage
  /** Called for every connection, since the credentials in them may expire. */
  readonly headers: (signal: AbortSignal) => Promise<Headers>
}

/**
 * The running kernels of a server: `/api/kernels`. Every method throws a RunError with the code of
 * `responseError()` for a response that it does not expect, and SERVER_UNREACHABLE where none comes.
 */
export class KernelsApi {
  /**
   * Whether the server is a Jupyter Server in gateway mode, whose kernels run on another server;
   * false until it has started a kernel.
   */
  isGatewayMode = false
  /**
   * Called before each WebSocket is opened, of which a server keeps one for each session. Throws where
   * that belongs to another process now.
   */
  beforeConnect: () => Promise<void> = () => Promise.resolve()
  readonly #rest: RestClient

  constructor(rest: RestClient) {
    this.#rest = rest
  }

  /**
   * Starts a kernel and returns the id that the server gave it; not retried. Throws a NoEffectError
   * when none was started, and KERNEL_START_FAILED when the server tried and failed.
   */
  async start(kernel: NewKernel, signal: AbortSignal): Promise<string> {
    const { id, name, path, gateway } = kernel
    if (gateway !== null) return startedId(await this.#postToGateway(kernel, gateway, signal)) ?? id
    if (!this.isGatewayMode) {
      const chosen = { name, path, kernel_id: id }
      const response = await this.#post(chosen, signal)
      if (response.json !== null) return startedId(response) ?? id
      // In gateway mode the server looks for a kernel of this id on the other server, and starts none.
      this.isGatewayMode = true
    }
    return startedId(await this.#post({ name, path }, signal)) ?? id
  }

  /** An Enterprise Gateway takes the kernel's id from the environment, a Kernel Gateway as others do. */
  async #postToGateway(
    { id, name, path }: NewKernel,
    { env, timeoutMs }: GatewayStart,
    signal: AbortSignal,
  ): Promise<JupyterResponse> {
    const body = { name, path, kernel_id: id, env: { ...env, KERNEL_ID: id } }
    const call: Call = { purpose: `start the kernel "${name}"`, method: 'POST', body, timeoutMs }
    const response = await this.#rest.call('api/kernels', call, signal)
    const { status } = response
    // The token is refused with 401: 403 is for limits, and for users that may start none.
    if (status !== 400 && status !== 403) return this.#started(call, response)
    throw new NoEffectError(
      'KERNEL_START_FAILED',
      `Cannot ${call.purpose}: the gateway refuses it (${status}${serverMessage(response)})`,
    )
  }

  async #post(
    body: { readonly name: string; readonly path: string },
    signal: AbortSignal,
  ): Promise<JupyterResponse> {
    const call: Call = { purpose: `start the kernel "${body.name}"`, method: 'POST', body }
    return this.#started(call, await this.#rest.call('api/kernels', call, signal))
  }

  /** The response to the start of a kernel that was started; throws for any other. */
  #started(call: Call, response: JupyterResponse): JupyterResponse {
    const { status } = response
    if (status === 201) return response
    if (status >= 300 && status < 500) {
      const cause = this.#rest.error(call, response)
      throw new NoEffectError(cause.code, cause.what, { advice: cause.advice, cause })
    }
    if (status !== 500 && status !== 501) throw this.#rest.error(call, response)
    throw new RunError(
      'KERNEL_START_FAILED',
      `Cannot ${call.purpose}: the server answers ${status}${serverMessage(response)}`,
      { advice: "look into the server's log, the kernelspec's program may be missing" },
    )
  }

  /** The kernels that run, in the server's order. Temporary errors are retried. */
  async list(signal: AbortSignal): Promise<readonly ListedKernel[]> {
    const call: Call = { purpose: 'list the kernels that run', timeoutMs: 10_000 }
    const response = await this.#rest.callIdempotent('api/kernels', call, { signal })
    const { status, json } = response
    if (status !== 200 || !Array.isArray(json)) throw this.#rest.error(call, response)
    return json.flatMap((model) => readKernel(model) ?? [])
  }

  /** The kernelspec's name of a kernel; null when the server has no such kernel. */
  async nameOf(id: string, signal: AbortSignal): Promise<string | null> {
    return (await this.find(id, signal))?.name ?? null
  }

  /** A kernel that runs; null when the server has none of this id. Temporary errors are retried. */
  async find(id: string, signal: AbortSignal): Promise<ListedKernel | null> {
    const call: Call = { purpose: `look up the kernel ${id}`, timeoutMs: 10_000 }
    const response = await this.#rest.callIdempotent(kernelPath(id), call, { signal })
    const { status, json } = response
    if (status === 404 && isRecord(json)) return null
    const kernel = readKernel(json)
    if (status !== 200 || kernel === null) throw this.#rest.error(call, response)
    return kernel
  }

  /** Whether the server has such a kernel, for repeated calls. */
  async isThere(id: string, signal: AbortSignal): Promise<boolean> {
    // In gateway mode the server asks the other one only for the list.
    if (this.isGatewayMode) return (await this.list(signal)).some((kernel) => kernel.id === id)
    return (await this.nameOf(id, signal)) !== null
  }

  /** Interrupts what the kernel executes, and returns when the server has sent the interrupt; not retried. */
  async interrupt(id: string, signal: AbortSignal): Promise<void> {
    const call: Call = { purpose: `interrupt the kernel ${id}`, method: 'POST', timeoutMs: 5_000 }
    const response = await this.#rest.call(`${kernelPath(id)}/interrupt`, call, signal)
    if (response.status >= 300) throw this.#rest.error(call, response)
  }

  /**
   * Deletes a kernel; when this returns, it is gone. False when the server had none of this id.
   * Temporary errors are retried for some 4 s.
   */
  async delete(id: string, signal: AbortSignal): Promise<boolean> {
    if (await this.#deleteOnce(id, signal)) return true
    return this.isGatewayMode && (await this.#deleteBehind(id, signal))
  }

  /**
   * A server in gateway mode that was restarted does not know the kernels that the other server runs
   * for it: it takes one over when a kernel of its id is requested.
   */
  async #deleteBehind(id: string, signal: AbortSignal): Promise<boolean> {
    const call: Call = { purpose: `find the kernel ${id}`, method: 'POST', body: { kernel_id: id } }
    const { json } = await this.#rest.call('api/kernels', call, signal)
    const wasThere = isRecord(json) && json['id'] === id
    return (await this.#deleteOnce(id, signal)) && wasThere
  }

  async #deleteOnce(id: string, signal: AbortSignal): Promise<boolean> {
    const call: Call = { purpose: `delete the kernel ${id}`, method: 'DELETE', timeoutMs: 12_000 }
    // More retries than elsewhere: the kernel would be left behind.
    const response = await this.#rest.callIdempotent(kernelPath(id), call, { signal, retries: 4 })
    if (response.status === 204) return true
    if (response.status === 404 && isRecord(response.json)) return false
    throw this.#rest.error(call, response)
  }

  /**
   * How to open the WebSocket of a kernel. By `sessionId` the server recognises a client that connects
   * again, and sends it the messages that it has kept.
   */
  channel(id: string, sessionId: string): ChannelEndpoint {
    const url = new URL(
      `${kernelPath(id)}/channels?session_id=${encodeURIComponent(sessionId)}`,
      this.#rest.url,
    )
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    return {
      url,
      createProbe: () => kernelInfoRequest(sessionId, 'control'),
      headers: async (signal) => {
        await this.beforeConnect()
        return await this.#rest.credentials('call', signal)
      },
    }
  }
}

function kernelPath(id: string): string {
  return `api/kernels/${encodeURIComponent(id)}`
}

/** The id of the kernel that was started; null when the response has none, or no valid one. */
function startedId({ json, location }: JupyterResponse): string | null {
  const id = isRecord(json) ? json['id'] : null
  const named = typeof id === 'string' ? id : location?.split('/').at(-1)
  return named !== undefined && kernelIdPattern.test(named) ? named : null
}

/** Jupyter's ids are UUIDs. They are shown, and stand in commands that people paste. */
const kernelIdPattern = /^[\w-]{1,200}$/

function readKernel(model: unknown): ListedKernel | null {
  if (!isRecord(model) || typeof model['id'] !== 'string') return null
  const { id, name, execution_state: state, connections, last_activity: lastActivity } = model
  const lastActivityMs = Date.parse(String(lastActivity))
  return {
    id,
    name: typeof name === 'string' ? name : '',
    state: typeof state === 'string' ? state : '',
    connections: typeof connections === 'number' ? connections : null,
    lastActivityMs: Number.isNaN(lastActivityMs) ? null : lastActivityMs,
  }
}

/** Notices that other clients use the kernel: its messages reach all its clients. */
export class OtherClients {
  readonly #sessionId: string
  #seen: 'nobody' | 'client' | 'run' = 'nobody'

  constructor(sessionId: string) {
    this.#sessionId = sessionId
  }

  observe({ type, parentSession }: KernelMessage): void {
    if (parentSession === null || parentSession === this.#sessionId) return
    const isRun = isRunSession(parentSession)
    // A front end that only watches sends requests too, and what it displays may be old.
    if (isRun && (type === 'status' || type === 'execute_input')) this.#seen = 'run'
    else if (type === 'execute_input' && this.#seen === 'nobody') this.#seen = 'client'
  }

  /** The warning for the report; null when there were no other clients. */
  warning(kernelId: string): string | null {
    if (this.#seen === 'nobody') return null
    const who = this.#seen === 'run' ? 'Another run used' : 'Somebody else ran code in'
    return (
      `${who} the kernel ${kernelId} during this run: variables and outputs may be mixed up; ` +
      'give each run a kernel of its own'
    )
  }
}
