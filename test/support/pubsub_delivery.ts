/** A message as Pub/Sub keeps it; `data` is base64, absent when only attributes were sent. */
export interface PubsubMessage {
  readonly data?: string
  readonly attributes?: Readonly<Record<string, string>>
  /** ISO 8601; now, when it is absent. */
  readonly publishTime?: string | undefined
}

/** How functions are called: with CloudEvents by Eventarc, else by older triggers. */
export type DeliveryShape =
  'binary' | 'structured' | 'structured with base64' | 'push' | 'unwrapped push' | 'background'

export interface Delivery {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const topic = 'projects/demo/topics/t_nbtrigger'
const subscription = 'projects/demo/subscriptions/nbtrigger-push'
const messageType = 'type.googleapis.com/google.pubsub.v1.PubsubMessage'
const json = { 'content-type': 'application/json' }

const shapes: Record<DeliveryShape, (message: PubsubMessage, id: string) => Delivery> = {
  binary(message, id) {
    const event = Object.entries(eventOf(message, id)).map(([name, value]) => [`ce-${name}`, value])
    return post('/', dataOf(message, id), { ...json, ...Object.fromEntries(event) })
  },
  structured(message, id) {
    const data = dataOf(message, id)
    const event = { ...eventOf(message, id), datacontenttype: 'application/json', data }
    return post('/', event, { 'content-type': 'application/cloudevents+json; charset=utf-8' })
  },
  'structured with base64'(message, id) {
    const data_base64 = Buffer.from(JSON.stringify(dataOf(message, id))).toString('base64')
    const event = { ...eventOf(message, id), datacontenttype: 'application/json', data_base64 }
    return post('/', event, { 'content-type': 'application/cloudevents+json' })
  },
  /** With `--push-no-wrapper` and `--push-no-wrapper-write-metadata`. */
  'unwrapped push'({ data = '', attributes = {}, ...message }, id) {
    const headers = {
      'x-goog-pubsub-subscription-name': subscription,
      'x-goog-pubsub-message-id': id,
      'x-goog-pubsub-publish-time': timeOf(message),
      ...attributes,
    }
    return { path: '/', headers, body: Buffer.from(data, 'base64').toString('utf8') }
  },
  push(message, id) {
    return post(`/${topic}`, dataOf(message, id), json)
  },
  background({ publishTime, ...message }, id) {
    const resource = { service: 'pubsub.googleapis.com', name: topic, type: messageType }
    const timestamp = timeOf({ publishTime })
    const context = { eventId: id, timestamp, eventType: 'google.pubsub.topic.publish', resource }
    return post('/', { context, data: { '@type': messageType, ...message } }, json)
  },
}

export function textMessage(text: string): PubsubMessage {
  return { data: Buffer.from(text).toString('base64') }
}

/** The HTTP request with which Google hands `message` to a function. */
export function deliveryOf(message: PubsubMessage, id: string, shape: DeliveryShape): Delivery {
  return shapes[shape](message, id)
}

function eventOf(message: PubsubMessage, id: string) {
  return {
    id,
    source: `//pubsub.googleapis.com/${topic}`,
    specversion: '1.0',
    type: 'google.cloud.pubsub.topic.v1.messagePublished',
    time: timeOf(message),
  }
}

function dataOf(message: PubsubMessage, id: string) {
  const publishTime = timeOf(message)
  const both = { messageId: id, message_id: id, publishTime, publish_time: publishTime }
  return { message: { ...message, ...both }, subscription }
}

function timeOf({ publishTime = new Date().toISOString() }: PubsubMessage): string {
  return publishTime
}

function post(path: string, body: object, headers: Record<string, string>): Delivery {
  return { path, headers, body: JSON.stringify(body) }
}
