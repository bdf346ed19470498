import { randomUUID } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { type IncomingHttpHeaders, IncomingMessage } from 'node:http'

/**
 * Makes the Pub/Sub function accept pushes without a wrapper (`--push-no-wrapper`), which
 * functions-framework does not support: it answers 500 to a body that is not an object. They become
 * CloudEvents in binary mode whose data is the bytes of the message.
 */
export function acceptUnwrappedPushes(): void {
  subscribe('http.server.request.start', (message) => {
    const request: unknown = Reflect.get(Object(message), 'request')
    if (!(request instanceof IncomingMessage) || request.method !== 'POST') return
    if (isUnwrapped(request.headers)) Object.assign(request.headers, eventHeaders(request.headers))
  })
}

/** Wrapped messages and events are JSON; with metadata written, the message's id is in a header. */
function isUnwrapped(headers: IncomingHttpHeaders): boolean {
  if (headers['ce-type'] !== undefined) return false
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const isJson = type === 'application/json' || type.endsWith('+json')
  return !isJson || headers['x-goog-pubsub-message-id'] !== undefined
}

/** The topic is not known; the rest comes in headers with `--push-no-wrapper-write-metadata`. */
function eventHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const publishedAt = headers['x-goog-pubsub-publish-time']
  return {
    'content-type': 'application/octet-stream',
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'ce-source': '//pubsub.googleapis.com/',
    'ce-id': String(headers['x-goog-pubsub-message-id'] ?? randomUUID()),
    ...(publishedAt === undefined ? {} : { 'ce-time': publishedAt }),
  }
}
