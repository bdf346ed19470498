import pRetry from 'p-retry'
import { asRunError, isPassing, RunError } from '../errors.ts'
import { accountOf } from '../jupyter/id_token.ts'
import { refusal } from '../jupyter/response_error.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { deadline } from '../util/abort.ts'
import { bad, type Check, good, type Opinion, skipped, warning } from './check.ts'
import type { Patient } from './context.ts'

/** Whether the server is awake: it may take a while to start, and 429 or 5xx stand for it meanwhile. */
export const answerCheck: Check = {
  name: 'answer',
  needs: ['ID token'],
  examine: awaitAnswer,
  advice: 'start the server, or look into its log and the log of what stands before it',
}

async function awaitAnswer(patient: Patient, signal: AbortSignal): Promise<Opinion> {
  const startedTick = performance.now()
  let last: RunError | null = null
  using limit = deadline(patient.wakeMs || null, () => last ?? notAwake(patient), signal)
  const { status } = await pRetry(() => ask(patient, limit.signal), {
    retries: patient.wakeMs === 0 ? 0 : Number.POSITIVE_INFINITY,
    minTimeout: 250,
    maxTimeout: 4_000,
    shouldRetry: ({ error }) => isPassing(error),
    onFailedAttempt: ({ error }) => {
      if (!limit.signal.aborted) last = asRunError(error)
    },
    signal: limit.signal,
  })
  const seconds = ((performance.now() - startedTick) / 1000).toFixed(1)
  return good(`${patient.server.url.host} answered ${status} within ${seconds} s`)
}

async function ask({ server, chart }: Patient, signal: AbortSignal) {
  const front = await server.look(signal)
  if (front.status === 429 || front.status >= 500) {
    throw refusal(`call ${server.url.host}`, server.url, front)
  }
  chart.front = front
  return front
}

function notAwake({ server, wakeMs }: Patient): RunError {
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

async function findJupyter({ server, chart }: Patient): Promise<Opinion> {
  const { url } = server
  const { front } = chart
  if (front === undefined) throw new Error('Cannot judge an answer that is not there')
  if (front.version !== null) return good(`a Jupyter Server is at "${url.pathname}"`)
  // A Jupyter behind a login of its own refuses in JSON.
  if (front.status === 401 || front.status === 403) return good('something like Jupyter is there')
  if (front.baseUrl !== undefined && front.baseUrl !== url.pathname) {
    const what = `a Jupyter Server answers, but at "${front.baseUrl}" and not at "${url.pathname}"`
    return bad(what, `add --base-url ${front.baseUrl}`)
  }
  throw refusal(`find Jupyter at "${url.pathname}"`, url, front)
}

/** Which Jupyter Server it is: since 2.21 it lets us choose the kernel's id. */
export const versionCheck: Check = {
  name: 'version',
  needs: ['base URL'],
  examine: judgeVersion,
  advice: 'update the Jupyter Server',
}

async function judgeVersion({ chart }: Patient): Promise<Opinion> {
  const version = chart.front?.version ?? null
  if (version === null) {
    return warning('the server does not tell its version', 'use Jupyter Server 2.21 or newer')
  }
  chart.version = version
  if (isAtLeast(version, 2, 21)) return good(`Jupyter Server ${version}`)
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

async function tryToken({ server, chart }: Patient, signal: AbortSignal): Promise<Opinion> {
  chart.kernelspecs = await server.kernelspecs(signal)
  if (!(await server.takesNoToken(signal))) return good('JUPYTER_TOKEN is accepted')
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

async function passGuard({ server, chart }: Patient): Promise<Opinion> {
  const { front } = chart
  if (front === undefined) throw new Error('Cannot judge an answer that is not there')
  const isForbidden = front.status === 401 || front.status === 403
  const refused = refusal(`call ${server.url.host}`, server.url, front)
  if (refused.code === 'IAM_REFUSED' || (isForbidden && front.json === undefined)) throw refused
  return good('nobody refuses the call before Jupyter')
}

/** Whether Google gives the ID token that goes along with every call, if one does. */
export const idTokenCheck: Check = {
  name: 'ID token',
  needs: ['connection'],
  examine: getIdToken,
  advice: 'try again in a minute, or set NBTRIGGER_AUTH=none if the service is open to everyone',
}

async function getIdToken({ server }: Patient, signal: AbortSignal): Promise<Opinion> {
  const account = accountOf(await server.credentials('probe', signal))
  return good(account === null ? 'none is sent' : `Google gives one for "${account}"`)
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
  { server, asStranger }: Patient,
  signal: AbortSignal,
): Promise<Opinion> {
  const startOf = (asked: JupyterServer) => asked.startedAt(signal)
  const seen = await Promise.all(Array.from({ length: calls }, () => startOf(asStranger())))
  const own = await Promise.all(Array.from({ length: calls }, () => startOf(server)))
  if ([...seen, ...own].includes(null)) {
    const what = 'cannot be told from outside: the server does not say when it was started'
    return skipped(what, instancesCheck.advice)
  }
  if (new Set(own).size > 1) {
    const what = `${new Set(own).size} instances answer in turns, and only one of them has the kernel`
    return bad(what, instancesCheck.advice)
  }
  const count = new Set([...seen, ...own]).size
  if (count === 1) return good(`one instance answered ${2 * calls} calls`)
  const what = `${count} instances answer, and a cookie keeps a run with one of them as best it can`
  return warning(what, 'run one instance (--max-instances=1) if runs lose their kernels')
}
