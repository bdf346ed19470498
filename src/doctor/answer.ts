import pRetry from 'p-retry'
import { asRunError, isPassing, RunError } from '../errors.ts'
import { refusal } from '../jupyter/refusal.ts'
import { deadline } from '../lifetime.ts'
import { good, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

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
