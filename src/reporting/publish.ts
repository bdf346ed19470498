import type { PublishOptions, PubSub } from '@google-cloud/pubsub'
import { RunError } from '../errors.ts'
import type { RunReport } from '../events.ts'
import { abortable, deadline } from '../util/abort.ts'
import { cutText, plainText } from '../util/text.ts'
import { limitedJson } from './truncate.ts'

export interface Publication {
  /** "NAME" or "projects/PROJECT/topics/NAME". */
  readonly topic: string
  /** The notebooks whose reports led to this run. */
  readonly earlier: readonly string[]
  readonly maxMs: number
}

/** Pub/Sub takes 10 MB with all that is around the data. */
const maxDataBytes = 9_500_000

/**
 * Publishes the report, which holds no secret any more, as JSON. Never throws: what a person has to
 * know of a failure is returned, null when there was none.
 */
export async function publishReport(
  report: RunReport,
  { topic, earlier, maxMs }: Publication,
): Promise<string | null> {
  const purpose = `Cannot publish the report to "${topic}"`
  if (!isTopic(topic)) {
    return `${purpose}: that is no topic; set NBTRIGGER_RESULT_TOPIC to NAME or projects/PROJECT/topics/NAME`
  }
  const message = {
    data: Buffer.from(limitedJson(report, maxDataBytes)),
    attributes: reportAttributes(report, earlier),
  }
  using limit = deadline(maxMs, tooLate)
  const { signal } = limit
  try {
    await abortable(publish({ topic, message, maxMs }, signal), signal)
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
  /** How long the library tries, even after the caller has given up. */
  readonly maxMs: number
}

/** Loads the library when it is needed; closes it on abort, so that it does not keep the process alive. */
async function publish({ topic, message, maxMs }: Sending, signal: AbortSignal): Promise<void> {
  const { PubSub } = await import('@google-cloud/pubsub')
  // Without a project the library asks the metadata server, which takes seconds where there is none.
  const projectId = /^projects\/([^/]+)\//.exec(topic)?.[1]
  const pubsub = new PubSub(projectId === undefined ? {} : { projectId })
  const close = () => void pubsub.close().catch(() => undefined)
  signal.addEventListener('abort', close, { once: true })
  try {
    if (!pubsub.isEmulator) await checkCredentials(pubsub)
    signal.throwIfAborted()
    await pubsub.topic(topic, publishOptions(maxMs)).publishMessage(message)
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

function publishOptions(maxMs: number): PublishOptions {
  const backoffSettings = {
    initialRetryDelayMillis: 200,
    retryDelayMultiplier: 2,
    maxRetryDelayMillis: 2_000,
    initialRpcTimeoutMillis: maxMs,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: maxMs,
    totalTimeoutMillis: maxMs,
  }
  const retry = { retryCodes: passingCodes, backoffSettings }
  return { batching: { maxMessages: 1 }, gaxOpts: { timeout: maxMs, retry } }
}

/** Of gRPC's status codes, those that tell what to do. */
const problems: Readonly<Record<string, (topic: string) => string>> = {
  5: (topic) => `there is no such topic; make it with "gcloud pubsub topics create ${topic}"`,
  7: () => 'Google Cloud refuses it; the caller needs the role pubsub.publisher on the topic',
  16: () => 'Google Cloud does not accept the credentials',
  NO_CREDENTIALS: () =>
    'there are no Google Cloud credentials that work; ' +
    'run "gcloud auth application-default login", or name a key in GOOGLE_APPLICATION_CREDENTIALS',
}

const maxText = 300

/** What is wrong and what to do, for the end of a message; `cause` is what the library threw. */
function publishProblem(cause: unknown, topic: string): string {
  return problems[codeOf(cause)]?.(topic) ?? textOf(cause)
}

function codeOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : ''
  return typeof code === 'number' || typeof code === 'string' ? String(code) : ''
}

function textOf(cause: unknown): string {
  const hasMessage = typeof cause === 'object' && cause !== null && 'message' in cause
  const text = plainText(String(hasMessage ? cause.message : cause))
  return cutText(text.replaceAll(/\s+/g, ' ').trim(), maxText)
}

type Attributes = Readonly<Record<string, string>>

/** The most that Pub/Sub takes in one attribute. */
const maxBytes = 1024

/** Stands for a chain that is too long for an attribute: no notebook's address looks like it. */
export const tooLongChain = 'too long'

/**
 * What subscriptions filter by, as in `attributes.outcome = "failed"`. `chain` holds the notebooks
 * whose reports led to this one, and this one, a line each.
 */
export function reportAttributes(report: RunReport, earlier: readonly string[]): Attributes {
  const { event, outcome, runId, notebook, error } = report
  const chain = [...earlier, ...(notebook === null ? [] : [notebook])].join('\n')
  return {
    event,
    outcome,
    run_id: runId,
    ...(notebook === null ? {} : { notebook: limited(notebook) }),
    ...(error === undefined ? {} : { error_code: error.code }),
    ...(chain === '' ? {} : { chain: Buffer.byteLength(chain) > maxBytes ? tooLongChain : chain }),
  }
}

function limited(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1 // not in the middle of a character
  return bytes.toString('utf8', 0, end)
}
