import pRetry from 'p-retry'
import { asRunError, isTemporary, RunError } from '../errors.ts'
import { accountOf } from '../jupyter/id_token.ts'
import { responseError } from '../jupyter/response_error.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { deadline } from '../util/abort.ts'
import { fail, type Check, pass, type CheckResult, skipped, warning } from './check.ts'
import type { DoctorContext } from './context.ts'

/** Whether the server is awake: it may take a while to start, and 429 or 5xx stand for it meanwhile. */
export const answerCheck: Check = {
  name: 'answer',
  needs: ['ID token'],
  examine: awaitAnswer,
  advice: 'start the server, or look into its log and the log of what stands before it',
}

async function awaitAnswer(context: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const startedTick = performance.now()
  let last: RunError | null = null
  using limit = deadline(context.wakeMs || null, () => last ?? notAwake(context), signal)
  const { status } = await pRetry(() => ask(context, limit.signal), {
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

async function ask({ server, findings }: DoctorContext, signal: AbortSignal) {
  const front = await server.status.probe(signal)
  if (front.status === 429 || front.status >= 500) {
    throw responseError(`call ${server.url.host}`, server.url, front)
  }
  findings.front = front
  return front
}

function notAwake({ server, wakeMs }: DoctorContext): RunError {
  const message = `Cannot call ${server.url.host}: it did not answer within ${wakeMs / 1000} s`
  return new RunError('SERVER_UNREACHABLE', message)
}

/** Whether a Jupyter Server is at this path of the host. */
export const baseUrlCheck: Check = {
  name: 'base URL',
  needs: ['access'],
  examine: findJupyter,
  advice: 'check the host and --base-url',
}

async function findJupyter({ server, findings }: DoctorContext): Promise<CheckResult> {
  const { url } = server
  const { front } = findings
  if (front === undefined) throw new Error('Cannot judge an answer that is not there')
  if (front.version !== null) return pass(`a Jupyter Server is at "${url.pathname}"`)
  // A Jupyter behind a login of its own refuses in JSON.
  if (front.status === 401 || front.status === 403) return pass('something like Jupyter is there')
  if (front.baseUrl !== undefined && front.baseUrl !== url.pathname) {
    const what = `a Jupyter Server answers, but at "${front.baseUrl}" and not at "${url.pathname}"`
    return fail(what, `add --base-url ${front.baseUrl}`)
  }
  throw responseError(`find Jupyter at "${url.pathname}"`, url, front)
}

/** Which Jupyter Server it is: since 2.21 it lets us choose the kernel's id. */
export const versionCheck: Check = {
  name: 'version',
  needs: ['base URL'],
  examine: judgeVersion,
  advice: 'update the Jupyter Server',
}

async function judgeVersion({ findings }: DoctorContext): Promise<CheckResult> {
  const version = findings.front?.version ?? null
  if (version === null) {
    return warning('the server does not tell its version', 'use Jupyter Server 2.21 or newer')
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

/** Whether the server takes the token. */
export const tokenCheck: Check = {
  name: 'token',
  needs: ['base URL'],
  examine: tryToken,
  advice: "set JUPYTER_TOKEN to the server's token",
}

async function tryToken(
  { server, findings }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  findings.kernelspecs = await server.kernelspecs.list(signal)
  if (!(await server.kernelspecs.isPublic(signal))) return pass('JUPYTER_TOKEN is accepted')
  const what =
    'the server takes calls without a token: JUPYTER_TOKEN is not needed, and whoever reaches the ' +
    'server can run code there'
  return warning(what, 'start it with a token, or let nobody else reach it')
}

/** Whether the call gets through to the server: Cloud Run, IAP or a proxy may refuse it before. */
export const accessCheck: Check = {
  name: 'access',
  needs: ['answer'],
  examine: passGuard,
  advice: 'let the caller through what stands before the server',
}

async function passGuard({ server, findings }: DoctorContext): Promise<CheckResult> {
  const { front } = findings
  if (front === undefined) throw new Error('Cannot judge an answer that is not there')
  const isForbidden = front.status === 401 || front.status === 403
  const refused = responseError(`call ${server.url.host}`, server.url, front)
  if (refused.code === 'IAM_REFUSED' || (isForbidden && front.json === undefined)) throw refused
  return pass('nobody refuses the call before Jupyter')
}

/** Whether Google gives the ID token that goes along with every call, if one does. */
export const idTokenCheck: Check = {
  name: 'ID token',
  needs: ['connection'],
  examine: getIdToken,
  advice: 'try again in a minute, or set NBTRIGGER_AUTH=none if the service is open to everyone',
}

async function getIdToken({ server }: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const account = accountOf(await server.rest.credentials('probe', signal))
  return pass(account === null ? 'none is sent' : `Google gives one for "${account}"`)
}

/** Whether a run stays with the instance that has its kernel: each tells when it was started. */
export const instancesCheck: Check = {
  name: 'instances',
  needs: ['token'],
  examine: countInstances,
  advice: 'run one instance (--max-instances=1), or turn on session affinity',
}

const calls = 6

async function countInstances(
  { server, newSession }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  const startOf = (asked: JupyterServer) => asked.status.startedAt(signal)
  const seen = await Promise.all(Array.from({ length: calls }, () => startOf(newSession())))
  const own = await Promise.all(Array.from({ length: calls }, () => startOf(server)))
  if ([...seen, ...own].includes(null)) {
    const what = 'cannot be told from outside: the server does not say when it was started'
    return skipped(what, instancesCheck.advice)
  }
  if (new Set(own).size > 1) {
    const what = `${new Set(own).size} instances answer in turns, and only one of them has the kernel`
    return fail(what, instancesCheck.advice)
  }
  const count = new Set([...seen, ...own]).size
  if (count === 1) return pass(`one instance answered ${2 * calls} calls`)
  const what = `${count} instances answer, and a cookie keeps a run with one of them as best it can`
  return warning(what, 'run one instance (--max-instances=1) if runs lose their kernels')
}
