import { RunError } from '../errors.ts'
import { field, textOf } from './fields.ts'

/** What the function needs of a Pub/Sub message, whatever the shape it came in. */
export interface PubSubMessage {
  /** Not read yet, so that an error in it can still be told with the message's id. */
  readonly data: unknown
  readonly messageId: string | null
  readonly publishedAt: string | null
  /** The W3C header of the request that brought the message. */
  readonly traceparent: string | null
  /** The Google Cloud project of the topic. */
  readonly project: string | null
  /** Of a report: the notebooks that led to it, a line each. */
  readonly chain: string | null
}

/** Reads the CloudEvent that functions-framework hands over; takes anything and never throws. */
export function readPubSubEvent(event: unknown): PubSubMessage {
  const message = field(parsed(field(event, 'data')), 'message')
  const source = textOf(event, 'source') ?? ''
  return {
    data: field(message, 'data'),
    messageId: textOf(message, 'messageId') ?? textOf(event, 'id'),
    publishedAt: textOf(message, 'publishTime') ?? textOf(event, 'time'),
    traceparent: textOf(event, 'traceparent'),
    project: /^\/\/pubsub\.googleapis\.com\/projects\/([^/]+)\//.exec(source)?.[1] ?? null,
    chain: textOf(field(message, 'attributes'), 'chain'),
  }
}

/** The text that was published. */
export function messageText({ data }: PubSubMessage): string {
  if (data === undefined || data === null || data === '') {
    throw invalid('it has no text, maybe only attributes')
  }
  if (typeof data !== 'string' || !isBase64(data)) throw invalid('its data is not base64')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data, 'base64'))
  } catch {
    throw invalid('its data is not UTF-8 text')
  }
}

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text
}

/** The data of an event whose content type the framework does not know comes as bytes or text. */
function parsed(data: unknown): unknown {
  if (typeof data !== 'string' && !Buffer.isBuffer(data)) return data
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}

function invalid(reason: string): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot read the message: ${reason}; ` +
      'publish the arguments as its text, as in "localhost:8888 /reports/daily.ipynb"',
  )
}
