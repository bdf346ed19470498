import { createParser } from 'eventsource-parser'
import { RunError } from '../errors.ts'
import { type JupyterResponse, NoEffectError, serverMessage } from '../jupyter/response_error.ts'
import type { Call, RestClient } from '../jupyter/rest.ts'
import { hubServerName } from '../util/hub_name.ts'
import { tryParseJson } from '../util/json.ts'
import { isRecord } from '../util/record.ts'
import { cutText, plainLine, quoteForError } from '../util/text.ts'

/** A server of a user on JupyterHub; the user's default server has no name. */
export interface ServerName {
  readonly user: string
  readonly server: string
}

/** Whose token it is, and what it may do. */
export interface HubIdentity {
  readonly kind: 'user' | 'service'
  readonly name: string
  /** As "servers!user=ann"; null when the Hub does not say. */
  readonly scopes: readonly string[] | null
}

/** The user whose own token it is; null for a service's token. */
export function ownerOf({ kind, name }: HubIdentity): string | null {
  return kind === 'user' ? name : null
}

/** What came of the request to start a server. */
export type StartAnswer = 'ready' | 'pending' | 'running before'

/** One event of the progress of a start. */
export interface ProgressEvent {
  readonly message: string
  /** 0 to 100; null when it is not told. */
  readonly percent: number | null
  /** The path, or the address, of the server that is ready; null for any other event. */
  readonly url: string | null
  readonly hasFailed: boolean
}

/** The maximum length of a message of the Hub, in characters. */
const maxMessage = 500

/** JupyterHub's REST API, for the servers of one user; the address of `rest` ends in "/hub/". */
export class HubApi {
  readonly rest: RestClient

  constructor(rest: RestClient) {
    this.rest = rest
  }

  /** Throws TOKEN_REFUSED for a token that the Hub does not know. */
  async identity(signal: AbortSignal): Promise<HubIdentity> {
    const call: Call = { purpose: 'ask JupyterHub for the owner of the token', timeoutMs: 10_000 }
    const response = await this.rest.callIdempotent('api/user', call, { signal })
    const { status, json } = response
    if (status === 401 || status === 403) throw tokenRefused(call, response)
    const name = isRecord(json) ? json['name'] : null
    if (status !== 200 || !isRecord(json) || typeof name !== 'string') {
      throw this.rest.error(call, response)
    }
    const kind = json['kind'] === 'service' ? 'service' : 'user'
    const { scopes } = json
    return { kind, name, scopes: Array.isArray(scopes) ? scopes.map(String) : null }
  }

  /** What the user's active servers do by their names: "ready", "spawn", "stop". */
  async activeServers(user: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const call: Call = { purpose: `list the servers of ${quoteForError(user)}`, timeoutMs: 10_000 }
    const response = await this.rest.callIdempotent(userPath(user), call, { signal })
    const { status, json } = response
    if (status === 404) throw noUser(call, user, response)
    if (status !== 200 || !isRecord(json))
      throw await this.#errorOf(call, response, { scope: 'read:servers', user, signal })
    if (!isRecord(json['servers'])) throw scopeMissing(call, 'read:servers', user)
    return new Map(Object.entries(json['servers']).flatMap(readActive))
  }

  /**
   * Requests a server. Throws HUB_START_FAILED, HUB_FORBIDDEN, and SERVER_UNREACHABLE where another
   * attempt may help; a NoEffectError when the Hub has certainly not begun.
   */
  async start(
    { user, server }: ServerName,
    options: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<StartAnswer> {
    const purpose = `start the server ${serverTitle({ user, server })}`
    // The Hub answers within its slow_spawn_timeout, 10 s unless it is configured.
    const call: Call = { purpose, method: 'POST', body: options, timeoutMs: 60_000 }
    const response = await this.rest.call(serverPath({ user, server }), call, signal)
    const { status } = response
    if (status === 201) return 'ready'
    // The start has failed already: its progress tells why.
    if (status === 202 || status === 500) return 'pending'
    const said = serverMessage(response)
    if (status === 400 && said.includes('already running')) return 'running before'
    if (status === 400 && said.includes('is pending')) throw busy(call, said)
    if (status === 400) throw startFailed(call, status, said)
    if (status === 404) throw noUser(call, user, response)
    throw await this.#errorOf(call, response, { scope: 'servers', user, signal })
  }

  /** What the Hub tells of a start, as it comes; ends when it says no more. */
  async *progress(name: ServerName, signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    const call: Call = { purpose: `follow the start of ${serverTitle(name)}` }
    const createError = (response: JupyterResponse) => {
      if (response.status === 400 || response.status === 404) return notStarting(name, response)
      return this.#errorOf(call, response, {
        scope: 'read:servers',
        user: name.user,
        signal,
      })
    }
    const events: ProgressEvent[] = []
    const parser = createParser({
      onEvent: ({ data }) => void events.push(readProgress(tryParseJson(data))),
    })
    const chunks = this.rest.stream(`${serverPath(name)}/progress`, call, { createError, signal })
    for await (const chunk of chunks) {
      parser.feed(chunk)
      yield* events.splice(0)
    }
  }

  /**
   * Stops a server, and removes it when it has a name and `remove` is set. "starting": a Hub before
   * version 5 cannot stop it until it has started.
   */
  async stop(
    name: ServerName,
    remove: boolean,
    signal: AbortSignal,
  ): Promise<'stopped' | 'stopping' | 'starting'> {
    const purpose = `stop the server ${serverTitle(name)}`
    const body = remove && name.server !== '' ? { remove } : {}
    const call: Call = { purpose, method: 'DELETE', body, timeoutMs: 15_000 }
    const response = await this.rest.callIdempotent(serverPath(name), call, { signal, retries: 4 })
    const { status } = response
    if (status === 204 || status === 404) return 'stopped'
    if (status === 202) return 'stopping'
    if (status === 400 && serverMessage(response).includes('is pending')) return 'starting'
    throw await this.#errorOf(call, response, {
      scope: 'delete:servers',
      user: name.user,
      signal,
    })
  }

  /** Whether users may have servers with names: asks to stop one that cannot be there. */
  async hasNamedServers(user: string, signal: AbortSignal): Promise<boolean> {
    const purpose = 'find out whether JupyterHub has named servers'
    const call: Call = { purpose, method: 'DELETE', timeoutMs: 10_000 }
    const path = serverPath({ user, server: `none-${crypto.randomUUID()}` })
    const response = await this.rest.callIdempotent(path, call, { signal })
    if (response.status === 404) return true
    if (response.status === 400) return false
    throw await this.#errorOf(call, response, { scope: 'delete:servers', user, signal })
  }

  /**
   * The error for an unexpected response to a call that needs this scope. A Hub refuses a token that
   * it does not know in the same words.
   */
  async #errorOf(call: Call, response: JupyterResponse, needed: NeededScope): Promise<RunError> {
    const isForbidden = response.status === 401 || response.status === 403
    if (!isForbidden || response.json === undefined) return this.rest.error(call, response)
    await this.identity(needed.signal)
    return scopeMissing(call, needed.scope, needed.user)
  }
}

interface NeededScope {
  readonly scope: string
  readonly user: string
  readonly signal: AbortSignal
}

/** The server's name as messages have it: "ann/nbt-1" in quotes. */
export function serverTitle(name: ServerName): string {
  return quoteForError(hubServerName(name))
}

function userPath(user: string): string {
  return `api/users/${encodeURIComponent(user)}`
}

function serverPath({ user, server }: ServerName): string {
  const path = server === '' ? 'server' : `servers/${encodeURIComponent(server)}`
  return `${userPath(user)}/${path}`
}

function readActive([name, server]: [string, unknown]): readonly (readonly [string, string])[] {
  if (!isRecord(server)) return []
  const { pending, ready } = server
  if (typeof pending === 'string') return [[name, pending]]
  return ready === true ? [[name, 'ready']] : []
}

function readProgress(json: unknown): ProgressEvent {
  const event = isRecord(json) ? json : {}
  const { message, progress, ready, failed, url } = event
  const text = typeof message === 'string' ? message : ''
  return {
    message: cutText(plainLine(text), maxMessage),
    percent: typeof progress === 'number' ? progress : null,
    url: ready === true && typeof url === 'string' ? url : null,
    hasFailed: failed === true,
  }
}

function tokenRefused({ purpose }: Call, response: JupyterResponse): RunError {
  const what = `JupyterHub does not know the token (${response.status}${serverMessage(response)})`
  return new NoEffectError('TOKEN_REFUSED', `Cannot ${purpose}: ${what}`, {
    advice: 'JUPYTER_TOKEN must be a token of JupyterHub',
  })
}

function scopeMissing({ purpose }: Call, scope: string, user: string): RunError {
  const what = `Cannot ${purpose}: the token has not the scope "${scope}" for this user`
  return new NoEffectError('HUB_FORBIDDEN', what, { advice: scopeAdvice(user) })
}

/** Everything that a run needs. */
export function scopeAdvice(user: string): string {
  return `give its role the scopes "servers!user=${user}" and "access:servers!user=${user}"`
}

function noUser({ purpose }: Call, user: string, response: JupyterResponse): RunError {
  const what = `JupyterHub has no user ${quoteForError(user)}, or the token may not see this user`
  const said = `(404${serverMessage(response)})`
  const advice = `check the name, or ${scopeAdvice(user)}`
  return new NoEffectError('HUB_FORBIDDEN', `Cannot ${purpose}: ${what} ${said}`, { advice })
}

function busy({ purpose }: Call, said: string): RunError {
  return new NoEffectError('SERVER_UNREACHABLE', `Cannot ${purpose}: it is busy${said}`)
}

function startFailed({ purpose }: Call, status: number, said: string): RunError {
  const what = `JupyterHub answers ${status}${said}`
  const advice = said.includes('Named servers are not enabled')
    ? 'turn them on (c.JupyterHub.allow_named_servers = True), or use the default server with "--hub USER/"'
    : null
  return new NoEffectError('HUB_START_FAILED', `Cannot ${purpose}: ${what}`, { advice })
}

function notStarting(name: ServerName, response: JupyterResponse): RunError {
  const what = `JupyterHub does not start it any more (${response.status}${serverMessage(response)})`
  return new RunError('HUB_START_FAILED', `Cannot start the server ${serverTitle(name)}: ${what}`)
}
