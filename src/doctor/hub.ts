import { RunError } from '../errors.ts'
import { HubApi, ownerOf, scopeAdvice } from '../hub/hub_api.ts'
import { HubServer } from '../hub/hub_server.ts'
import { neverAborts, noop } from '../util/abort.ts'
import { quoteForError } from '../util/text.ts'
import {
  type Check,
  type CheckOptions,
  type CheckResult,
  type DoctorContext,
  fail,
  pass,
  skipped,
  warning,
} from './check.ts'

/** Whether JupyterHub is there, and which. */
const hubCheck: Check = {
  name: 'JupyterHub',
  needs: ['access'],
  run: findHub,
  advice: "check the host; with --hub it is JupyterHub's, and --base-url is its base URL",
}

async function findHub({ server, findings }: DoctorContext): Promise<CheckResult> {
  const version = findings.probe?.version ?? null
  if (version === null) {
    return fail(`no JupyterHub answers at "${server.url.pathname}"`, hubCheck.advice)
  }
  return pass(`JupyterHub ${version}`)
}

/** Whether the token may do what a run needs. */
const hubTokenCheck: Check = {
  name: 'scopes',
  needs: ['JupyterHub'],
  run: readScopes,
  advice: 'JUPYTER_TOKEN must be a token of JupyterHub',
}

const neededScopes = ['read:servers', 'delete:servers', 'access:servers'] as const

async function readScopes(context: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const { server, hub, findings } = context
  const identity = await new HubApi(server.rest).identity(signal)
  const user = hub?.request.user ?? ownerOf(identity)
  const owner = `the token belongs to the ${identity.kind} ${quoteForError(identity.name)}`
  if (user === null) return fail(owner, 'name the user whose server is to start: --hub USER')
  findings.hubUser = user
  const { scopes } = identity
  if (scopes === null) return skipped(`${owner}, and the Hub does not tell its scopes`)
  const missing = neededScopes.filter((scope) => !mayDo(scopes, scope, user))
  if (missing.length === 0) return pass(`${owner}, and has the scopes that a run needs`)
  const what = `${owner}, and has not ${missing.join(', ')} for ${quoteForError(user)}`
  return fail(what, scopeAdvice(user))
}

/** Scopes as the Hub has them: with all that they include, and with or without a filter. */
function mayDo(scopes: readonly string[], scope: string, user: string): boolean {
  const isFor = (text: string) =>
    text === scope || text === `${scope}!user=${user}` || text.startsWith(`${scope}!group=`)
  return scopes.some((text) => isFor(text) || text.startsWith(`${scope}!server=${user}/`))
}

/** Whether users may have several servers, and how many this one has. */
const namedServersCheck: Check = {
  name: 'servers',
  needs: ['scopes'],
  run: countServers,
  advice:
    'turn on c.JupyterHub.allow_named_servers, or use the default server with "--hub USER/", for one run at a time',
}

async function countServers(
  { server, hub, findings }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (hub === null) return skipped('no server is to be started')
  const api = new HubApi(server.rest)
  const { hubUser: user = '' } = findings
  const active = (await api.activeServers(user, signal)).size
  const count = `${quoteForError(user)} has ${active === 1 ? '1 server' : `${active} servers`} on`
  if (await api.hasNamedServers(user, signal)) {
    return pass(
      `${count}, and may have others with names; the Hub tells its limits when one is met`,
    )
  }
  const what = `${count}; servers with names, of which each run needs one, are turned off`
  return hub.request.server === ''
    ? warning(what, namedServersCheck.advice)
    : fail(what, namedServersCheck.advice)
}

/** What looks at JupyterHub, and takes moments. */
export const hubChecks: readonly Check[] = [hubCheck, hubTokenCheck, namedServersCheck]

const stopMs = 60_000

/**
 * Starts a server on JupyterHub, as a run would, calls `examine` with its context, and stops it. Emits
 * what came of the start and of the stop.
 */
export async function onHubServer(
  context: DoctorContext,
  { emit, signal }: CheckOptions,
  examine: (context: DoctorContext) => Promise<void>,
): Promise<void> {
  const { hub, server, startMs, findings } = context
  if (hub === null) return
  const api = new HubApi(server.rest)
  const { spawnerOptions } = hub.request
  const name = {
    user: findings.hubUser ?? '',
    server: hub.request.server ?? `nbt-doctor-${crypto.randomUUID().slice(0, 8)}`,
  }
  const isNew = hub.request.server === null
  const options = { isNew, spawnerOptions, startTimeoutMs: startMs, emit: noop }
  const own = new HubServer(api, name, options)
  try {
    const url = await startOwn(own, { emit, signal })
    if (url !== null) await examine(hub.contextOf(url))
  } finally {
    await own.stop(stopMs, neverAborts)
    emit({ check: 'stop', ...stopResult(own) })
  }
}

async function startOwn(own: HubServer, { emit, signal }: CheckOptions): Promise<URL | null> {
  try {
    const url = await own.start(signal)
    const seconds = ((own.report.startMs ?? 0) / 1000).toFixed(1)
    emit({ check: 'start', ...pass(`${url.pathname} was ready within ${seconds} s`) })
    return url
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof RunError)) throw error
    const advice = error.advice ?? 'look into the log of JupyterHub'
    emit({ check: 'start', ...fail(error.what, advice) })
    return null
  }
}

function stopResult({ report, stopError }: HubServer): CheckResult {
  if (stopError !== null) return fail(stopError.what, 'stop it on the page of JupyterHub')
  return report.stopped === null
    ? skipped('the server ran before, or was never there')
    : pass('the server was stopped')
}
