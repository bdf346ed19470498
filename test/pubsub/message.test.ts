import { describe, expect, test } from '@jest/globals'
import { checkAge, messageText, readPubSubEvent } from '../../src/pubsub/message.ts'
import { accepted, errorTextOf } from '../request/error_text_of.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const hour = 3600

describe('checkAge()', () => {
  test.each([
    { name: 'just now', publishedAt: '2026-03-01T12:00:00Z', env: {} },
    { name: 'in the future, as clocks differ', publishedAt: '2026-03-01T12:00:05Z', env: {} },
    { name: 'an hour ago', publishedAt: '2026-03-01T11:00:00Z', env: {} },
    {
      name: 'two hours ago where three are good',
      publishedAt: '2026-03-01T10:00:00Z',
      env: maxAge(3 * hour),
    },
    { name: 'at no known time', publishedAt: null, env: {} },
    { name: 'at an unreadable time', publishedAt: 'yesterday', env: {} },
  ])('accepts a message published $name', ({ publishedAt, env }) => {
    expect(errorTextOf(() => checkAge(publishedAt, env, now))).toBe(accepted)
  })

  test.each([
    { name: 'over an hour ago', publishedAt: '2026-03-01T10:59:59Z', env: {} },
    {
      name: 'a minute ago where half is good',
      publishedAt: '2026-03-01T11:59:00Z',
      env: maxAge(30),
    },
  ])('refuses a message published $name', ({ publishedAt, env }) => {
    expect(() => checkAge(publishedAt, env, now)).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_OLD' }),
    )
  })

  test.each(['0', '-1', '1.5', 'soon', '1e9', '99999999999'])('refuses the limit %p', (text) => {
    expect(() => checkAge(null, { NBTRIGGER_MAX_AGE: text }, now)).toThrow(
      expect.objectContaining({ code: 'ARGUMENTS_INVALID' }),
    )
  })
})

function maxAge(seconds: number) {
  return { NBTRIGGER_MAX_AGE: String(seconds) }
}

const data = base64('host /a.ipynb')
const published = {
  message: { data, messageId: '7', publishTime: '2030-01-01T00:00:00Z', attributes: { a: 'b' } },
  subscription: 'projects/p/subscriptions/s',
}
const event = {
  specversion: '1.0',
  type: 'google.cloud.pubsub.topic.v1.messagePublished',
  id: '8',
  source: '//pubsub.googleapis.com/projects/my-project/topics/t_nbtrigger',
  time: '2030-01-02T00:00:00Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}
const read = {
  data,
  messageId: '7',
  publishedAt: '2030-01-01T00:00:00Z',
  traceparent: event.traceparent,
  project: 'my-project',
  chain: null,
  isUnwrapped: false,
}

describe('readPubSubEvent()', () => {
  test.each<[string, unknown, object?]>([
    ['an object', published],
    ['bytes', Buffer.from(JSON.stringify(published))],
    ['text', JSON.stringify(published)],
    ['base64 beside it', undefined, { data_base64: base64(JSON.stringify(published)) }],
    ['an object without a subscription', { message: published.message }],
  ])('reads data that is %s', (_, shape, rest = {}) => {
    expect(readPubSubEvent({ ...event, data: shape, ...rest })).toEqual(read)
  })

  test.each([
    { name: 'bytes', content: { data: Buffer.from('host /a.ipynb -r x é') } },
    { name: 'text', content: { data: 'host /a.ipynb -r x é' } },
    { name: 'base64', content: { data_base64: base64('host /a.ipynb -r x é') } },
  ])('reads a message without its wrapper as $name', ({ content }) => {
    const message = readPubSubEvent({ ...event, ...content })
    expect(message).toMatchObject({ messageId: '8', isUnwrapped: true, chain: null })
    expect(messageText(message)).toBe('host /a.ipynb -r x é')
  })

  test('uses the id and the time of the event if the message has none', () => {
    expect(readPubSubEvent({ ...event, data: { message: { data } } })).toEqual({
      ...read,
      messageId: '8',
      publishedAt: '2030-01-02T00:00:00Z',
    })
  })

  test('reads the chain of a report from its attributes', () => {
    const message = { ...published.message, attributes: { chain: '/a.ipynb\n/b.ipynb' } }
    expect(readPubSubEvent({ ...event, data: { message } })).toEqual({
      ...read,
      chain: '/a.ipynb\n/b.ipynb',
    })
  })

  test.each([
    undefined,
    null,
    'text',
    7,
    [],
    {},
    { data: null },
    { data: '' },
    { data: Buffer.from([]) },
    { data_base64: 'no base64' },
    { data: { message: 'text' } },
    { data: { message: null } },
    { id: 7, time: {}, source: [], traceparent: '', data: { message: { messageId: 7 } } },
    { source: '//pubsub.googleapis.com/UNKNOWN_TOPIC' },
  ])('finds nothing in %j', (strange) => {
    const message = readPubSubEvent(strange)
    const found = Object.values(message).filter((value) => value)
    expect(found).toEqual([])
    expect(errorTextOf(() => messageText(message))).toMatch(
      /^ARGUMENTS_INVALID: Cannot read the me/,
    )
  })
})

describe('messageText()', () => {
  test.each(['host /a.ipynb', 'größe 日本 🙂', '\n\t\0', ' '])('reads %j', (text) => {
    expect(messageText({ ...read, data: base64(text) })).toBe(text)
  })

  test.each<[string, unknown, string]>([
    ['that is missing', undefined, 'it has no text, maybe only attributes'],
    ['that is empty', '', 'it has no text, maybe only attributes'],
    ['that is plain text', 'host /a.ipynb', 'its data is not base64'],
    ['without its padding', 'YQ', 'its data is not base64'],
    ['that is an object', { toString: 'x' }, 'its data is not base64'],
    [
      'that is no UTF-8',
      Buffer.from([0x68, 0xff]).toString('base64'),
      'it is not UTF-8 text: byte 2 of 2 (0xFF',
    ],
    ['that is gzip', 'H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==', 'it is not UTF-8 text: byte 2'],
  ])('refuses data %s', (_, bad, reason) => {
    const errorText = errorTextOf(() => messageText({ ...read, data: bad }))
    expect(errorText).toContain(`ARGUMENTS_INVALID: Cannot read the message: ${reason}`)
    expect(errorText).toContain('publish the arguments as its text')
  })
})

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
