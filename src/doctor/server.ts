import pRetry from 'p-retry'
import { asRunError, isTemporary, RunError } from '../errors.ts'
import { accountOf } from '../jupyter/id_token.ts'
import { responseError } from '../jupyter/response_error.ts'
import type { JupyterServer, ProbeResponse } from '../jupyter/server.ts'
import { deadline } from '../util/abort.ts'
import {
  type Check,
  type CheckResult,
  type DoctorContext,
  type DoctorFindings,
  fail,
  pass,
  skipped,
  warning,
} from './check.ts'

/** Whether the server responds: until it has started, something else may answer 429 or 5xx for it. */
export const answerCheck: Check = {
  name: 'answer',
  needs: ['ID token'],
  run: awaitResponse,
  advice: 'start the server, or look at its log and at the log of the proxy in front of it',
}

async function awaitResponse(context: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const startedTick = performance.now()
  let last: RunError | null = null
  using limit = deadline(context.wakeMs || null, () => last ?? serverNotReady(context), signal)
  const { status } = await pRetry(() => probeServer(context, limit.signal), {
    retries: context.wakeMs === 0 ? 0 : Number.POSITIVE_INFINITY,
    minTimeout: 250,
    maxTimeout: 4_000,
    shouldRetry: ({ error }) => isTemporary(error),
    onFailedAttempt: ({ error }) => {
      if (!limit.signal.aborted) last = asRunError(error)
    },
    signal: limit.signal,
  })
  const seconds = ((performance.now() - startedTick) / 1000).toFixed(1)
  return pass(`${context.server.url.host} answered ${status} within ${seconds} s`)
}

async function probeServer({ server, findings }: DoctorContext, signal: AbortSignal) {
  const probe = await server.status.probe(signal)
  if (probe.status === 429 || probe.status >= 500) {
    throw responseError(`call ${server.url.host}`, server.url, probe)
  }
  findings.probe = probe
  return probe
}

function serverNotReady({ server, wakeMs }: DoctorContext): RunError {
  const message = `Cannot call ${server.url.host}: it did not answer within ${wakeMs / 1000} s`
  return new RunError('SERVER_UNREACHABLE', message)
}

/** Whether a Jupyter Server has this base URL. */
export const baseUrlCheck: Check = {
  name: 'base URL',
  needs: ['access'],
  run: findJupyter,
  advice: 'check the host and --base-url',
}

async function findJupyter({ server, findings }: DoctorContext): Promise<CheckResult> {
  const { url } = server
  const probe = probeOf(findings)
  if (probe.version !== null) return pass(`a Jupyter Server is at "${url.pathname}"`)
  // A Jupyter behind a login of its own refuses in JSON.
  if (probe.status === 401 || probe.status === 403) return pass('something like Jupyter is there')
  if (probe.baseUrl !== undefined && probe.baseUrl !== url.pathname) {
    const what = `a Jupyter Server answers, but at "${probe.baseUrl}" and not at "${url.pathname}"`
    return fail(what, `add --base-url ${probe.baseUrl}`)
  }
  throw responseError(`find Jupyter at "${url.pathname}"`, url, probe)
}

/** The first response, without which the checks that need it are not run. */
function probeOf({ probe }: DoctorFindings): ProbeResponse {
  if (probe === undefined) throw new Error('Cannot judge a response that is not there')
  return probe
}

/** Which Jupyter Server it is: since 2.21 it lets us choose the kernel's id. */
export const versionCheck: Check = {
  name: 'version',
  needs: ['base URL'],
  run: readVersion,
  advice: 'update the Jupyter Server',
}

async function readVersion({ findings }: DoctorContext): Promise<CheckResult> {
  const version = findings.probe?.version ?? null
  if (version === null) {
    return warning('the server does not report its version', 'use Jupyter Server 2.21 or newer')
  }
  findings.version = version
  if (isAtLeast(version, 2, 21)) return pass(`Jupyter Server ${version}`)
  const what = `Jupyter Server ${version} chooses a kernel's id itself, so one whose start got lost may stay`
  return warning(what, 'update to 2.21 or newer, or have idle kernels culled')
}

export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return first > major || (first === major && second >= minor)
}

/** Whether the server accepts the token, and needs one. */
export const tokenCheck: Check = {
  name: 'token',
  needs: ['base URL'],
  run: tryToken,
  advice: "set JUPYTER_TOKEN to the server's token",
}

async function tryToken(
  { server, findings }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  findings.kernelspecs = await server.kernelspecs.list(signal)
  if (!(await server.kernelspecs.isPublic(signal))) return pass('JUPYTER_TOKEN is accepted')
  const what =
    'the server accepts requests without a token: JUPYTER_TOKEN is not needed, and anyone who can reach the ' +
    'server can run code there'
  return warning(what, 'start it with a token, or make sure that no one else can reach it')
}

/** Which kind of server it is. Whether it is in gateway mode shows when it starts a kernel. */
export const kindCheck: Check = {
  name: 'kind',
  needs: ['token'],
  run: findKind,
  advice: 'check the host and --base-url',
}

async function findKind(
  { server, findings }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  const kind = await server.status.kind(signal)
  findings.kind = kind
  const files =
    kind === 'Jupyter Server' ? '' : ', which has no files: notebooks come from elsewhere'
  return pass(`a ${kind}${files}`)
}

/** Whether requests reach the server: Cloud Run, IAP or a proxy may refuse them before. */
export const accessCheck: Check = {
  name: 'access',
  needs: ['answer'],
  run: checkAccess,
  advice: 'allow the caller in the proxy or the IAM policy in front of the server',
}

async function checkAccess({ server, findings }: DoctorContext): Promise<CheckResult> {
  const probe = probeOf(findings)
  const isForbidden = probe.status === 401 || probe.status === 403
  const refused = responseError(`call ${server.url.host}`, server.url, probe)
  if (refused.code === 'IAM_REFUSED' || (isForbidden && probe.json === undefined)) throw refused
  return pass('nothing in front of Jupyter refuses the request')
}

/** Whether Google issues the ID token that is sent with every request, where one is. */
export const idTokenCheck: Check = {
  name: 'ID token',
  needs: ['connection'],
  run: getIdToken,
  advice: 'try again in a minute, or set NBTRIGGER_AUTH=none if the service is open to everyone',
}

async function getIdToken({ server }: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const account = accountOf(await server.rest.credentials('probe', signal))
  return pass(account === null ? 'none is sent' : `Google gives one for "${account}"`)
}

/**
 * Whether a run stays with the instance that has its kernel: instances are told apart by the time
 * at which they were started.
 */
export const instancesCheck: Check = {
  name: 'instances',
  needs: ['kind'],
  run: countInstances,
  advice: 'run one instance (--max-instances=1), or turn on session affinity',
}

const requests = 6

async function countInstances(
  { server, newSession, findings }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (findings.kind !== 'Jupyter Server') {
    return skipped('cannot be determined from outside: a gateway does not say when it was started')
  }
  const startOf = (session: JupyterServer) => session.status.startedAt(signal)
  const inNewSessions = await Promise.all(
    Array.from({ length: requests }, () => startOf(newSession())),
  )
  const own = await Promise.all(Array.from({ length: requests }, () => startOf(server)))
  if ([...inNewSessions, ...own].includes(null)) {
    const what = 'cannot be determined from outside: the server does not say when it was started'
    return skipped(what, instancesCheck.advice)
  }
  if (new Set(own).size > 1) {
    const what = `${new Set(own).size} instances answer in turns, and only one of them has the kernel`
    return fail(what, instancesCheck.advice)
  }
  const count = new Set([...inNewSessions, ...own]).size
  if (count === 1) return pass(`one instance answered ${2 * requests} calls`)
  const what = `${count} instances answer, and a cookie keeps a run with one of them as best it can`
  return warning(what, 'run one instance (--max-instances=1) if runs lose their kernels')
}
