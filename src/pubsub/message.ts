import { messageOf, RunError } from '../errors.ts'
import { type Env, unusable, variableOf } from '../request/env.ts'
import { messageSeconds } from '../request/options.ts'
import { field, textOf } from '../util/record.ts'
import { decodeUtf8 } from '../util/utf8.ts'

/** A Pub/Sub message, in whatever shape it was delivered. */
export interface PubSubMessage {
  /**
   * Base64, or the bytes of a message that was pushed without a wrapper. Not decoded yet, so that an
   * error is reported with the message's id.
   */
  readonly data: unknown
  /** Pushed without a wrapper, and so without its attributes. */
  readonly isUnwrapped: boolean
  readonly messageId: string | null
  readonly publishedAt: string | null
  /** The W3C header of the request that brought the message. */
  readonly traceparent: string | null
  /** The Google Cloud project of the topic. */
  readonly project: string | null
  /** The attribute of a report: the notebooks that led to it, a line each. */
  readonly chain: string | null
}

/** Reads the CloudEvent that functions-framework hands over. Accepts anything, and never throws. */
export function readPubSubEvent(event: unknown): PubSubMessage {
  const content = contentOf(event)
  const message = field(parsed(content), 'message')
  const isUnwrapped = message === undefined && isText(content)
  const source = textOf(event, 'source') ?? ''
  return {
    data: isUnwrapped ? Buffer.from(content) : field(message, 'data'),
    isUnwrapped,
    messageId: textOf(message, 'messageId') ?? textOf(event, 'id'),
    publishedAt: textOf(message, 'publishTime') ?? textOf(event, 'time'),
    traceparent: textOf(event, 'traceparent'),
    project: /^\/\/pubsub\.googleapis\.com\/projects\/([^/]+)\//.exec(source)?.[1] ?? null,
    chain: textOf(field(message, 'attributes'), 'chain'),
  }
}

/** The text that was published; throws ARGUMENTS_INVALID when there is none, or it is not UTF-8. */
export function messageText({ data }: PubSubMessage): string {
  if (data === undefined || data === null || data === '') {
    throw invalid('it has no text, maybe only attributes')
  }
  const bytes = bytesOf(data)
  if (bytes === null) throw invalid('its data is not base64')
  try {
    return decodeUtf8(bytes)
  } catch (cause) {
    throw invalid(messageOf(cause), cause)
  }
}

function bytesOf(data: unknown): Buffer | null {
  if (Buffer.isBuffer(data)) return data
  return typeof data === 'string' && isBase64(data) ? Buffer.from(data, 'base64') : null
}

/** The event's data, which the CloudEvents format writes in base64 where it is not JSON. */
function contentOf(event: unknown): unknown {
  const encoded = field(event, 'data_base64')
  if (typeof encoded !== 'string' || !isBase64(encoded)) return field(event, 'data')
  return Buffer.from(encoded, 'base64')
}

function isText(content: unknown): content is string | Buffer {
  return (typeof content === 'string' || Buffer.isBuffer(content)) && content.length > 0
}

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text
}

/** The data of an event whose content type the framework does not know comes as bytes or text. */
function parsed(data: unknown): unknown {
  if (!isText(data)) return data
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}

function invalid(reason: string, cause?: unknown): RunError {
  return new RunError('ARGUMENTS_INVALID', `Cannot read the message: ${reason}`, {
    advice: 'publish the arguments as its text, as in "localhost:8888 /reports/daily.ipynb"',
    cause,
  })
}

/**
 * Throws MESSAGE_TOO_OLD for a message that has waited too long, as after an outage: the schedule has
 * published others since. `publishedAt` is ISO 8601, `now` is in milliseconds.
 */
export function checkAge(publishedAt: string | null, env: Env, now = Date.now()): void {
  const maxAge = maxSeconds(env)
  const seconds = (now - Date.parse(publishedAt ?? '')) / 1000
  if (Number.isNaN(seconds) || seconds <= maxAge) return
  throw new RunError(
    'MESSAGE_TOO_OLD',
    `Cannot run a message that was published ${Math.round(seconds)} s ago: ` +
      `the maximum age is ${maxAge} s (NBTRIGGER_MAX_AGE)`,
    { advice: 'publish it again if it is still needed' },
  )
}

function maxSeconds(env: Env): number {
  const text = variableOf(env, 'NBTRIGGER_MAX_AGE')
  if (text === null) return messageSeconds
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw unusable(
    { value: text, source: 'NBTRIGGER_MAX_AGE' },
    'it is not a whole number of seconds above 0',
  )
}
