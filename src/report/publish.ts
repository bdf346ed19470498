import type { PubSub, PublishOptions } from '@google-cloud/pubsub'
import { RunError } from '../errors.ts'
import type { RunReport } from '../events.ts'
import { deadline, until } from '../lifetime.ts'
import { limitedJson } from './limited_json.ts'
import { publishProblem } from './publish_problem.ts'
import { reportAttributes } from './report_attributes.ts'

export interface Publication {
  /** "NAME" or "projects/PROJECT/topics/NAME". */
  readonly topic: string
  /** The notebooks whose reports led to this run. */
  readonly earlier: readonly string[]
  readonly mostMs: number
}

/** Pub/Sub takes 10 MB with all that is around the data. */
const maxDataBytes = 9_500_000

/**
 * Publishes the report, which holds no secret any more, as JSON. Never throws: what a person has to
 * know of a failure is returned, null when there was none.
 */
export async function publishReport(
  report: RunReport,
  { topic, earlier, mostMs }: Publication,
): Promise<string | null> {
  const purpose = `Cannot publish the report to "${topic}"`
  if (!isTopic(topic)) {
    return `${purpose}: that is no topic; set NBTRIGGER_RESULT_TOPIC to NAME or projects/PROJECT/topics/NAME`
  }
  const message = {
    data: Buffer.from(limitedJson(report, maxDataBytes)),
    attributes: reportAttributes(report, earlier),
  }
  using limit = deadline(mostMs, tooLate)
  const { signal } = limit
  try {
    await until(publish({ topic, message, mostMs }, signal), signal)
    return null
  } catch (cause) {
    return `${purpose}: ${signal.aborted ? 'Pub/Sub did not answer in time' : publishProblem(cause, topic)}`
  }
}

function tooLate(): RunError {
  return new RunError('CANCELLED', 'Cannot wait longer for Pub/Sub')
}

/** Google's rule for a topic's name, alone or in its project. */
function isTopic(text: string): boolean {
  return /^(projects\/[a-z0-9:.-]+\/topics\/)?(?!goog)[A-Za-z][\w.~+%-]{2,254}$/.test(text)
}

interface Sending {
  readonly topic: string
  readonly message: {
    readonly data: Buffer
    readonly attributes: Readonly<Record<string, string>>
  }
  /** The library tries so long, even when nobody waits for it any more. */
  readonly mostMs: number
}

/** The library is loaded when it is needed; at the end of its time it is closed, to hold nobody up. */
async function publish({ topic, message, mostMs }: Sending, signal: AbortSignal): Promise<void> {
  const { PubSub } = await import('@google-cloud/pubsub')
  // A project that is known is not asked for, which takes seconds where there is nobody to ask.
  const projectId = /^projects\/([^/]+)\//.exec(topic)?.[1]
  const pubsub = new PubSub(projectId === undefined ? {} : { projectId })
  const close = () => void pubsub.close().catch(() => undefined)
  signal.addEventListener('abort', close, { once: true })
  try {
    if (!pubsub.isEmulator) await checkCredentials(pubsub)
    signal.throwIfAborted()
    await pubsub.topic(topic, publishOptions(mostMs)).publishMessage(message)
  } finally {
    close()
  }
}

/** Fails with an error of its own where the library would wait for credentials in vain. */
async function checkCredentials(pubsub: PubSub): Promise<void> {
  try {
    await pubsub.auth.getAccessToken()
  } catch (cause) {
    throw Object.assign(new Error('no credentials', { cause }), { code: 'NO_CREDENTIALS' })
  }
}

const passingCodes = [8, 10, 13, 14] // exhausted, aborted, internal, unavailable

function publishOptions(mostMs: number): PublishOptions {
  const backoffSettings = {
    initialRetryDelayMillis: 200,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 2_000,
    initialRpcTimeoutMillis: mostMs,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: mostMs,
    totalTimeoutMillis: mostMs,
  }
  const retry = { retryCodes: passingCodes, backoffSettings }
  return { batching: { maxMessages: 1 }, gaxOpts: { timeout: mostMs, retry } }
}
