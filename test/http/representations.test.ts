import { describe, expect, test } from '@jest/globals'
import {
  acceptsEvents,
  acceptsPage,
  chooseRepresentation,
  readNegotiation,
  representations,
  resultReply,
} from '../../src/http/representations.ts'

const png = Buffer.from('89504e470d0a1a0a00ff', 'hex')

describe('resultReply()', () => {
  test('decodes media that came in base64', () => {
    const { headers, body } = resultReply('image/png', `${png.toString('base64')}\n`)
    expect(headers['Content-Type']).toBe('image/png')
    expect(body).toEqual(png)
  })

  test.each([
    ['text/csv', 'a,b\n1,é\n', 'text/csv; charset=utf-8', 'a,b\n1,é\n'],
    ['image/svg+xml', '<svg/>', 'image/svg+xml; charset=utf-8', '<svg/>'],
    ['application/json', { a: [1, null] }, 'application/json; charset=utf-8', '{"a":[1,null]}'],
    ['application/json', 'text', 'application/json; charset=utf-8', '"text"'],
    ['application/geo+json', [1], 'application/geo+json; charset=utf-8', '[1]'],
    ['text/x-tree', { a: 1 }, 'text/x-tree; charset=utf-8', '{"a":1}'],
  ])('sends %s %j as %s', (type, value, contentType, body) => {
    const reply = resultReply(type, value)
    expect(reply.headers['Content-Type']).toBe(contentType)
    expect(reply.body).toBe(body)
  })

  test('sends every digit of an integer', () => {
    const { body } = resultReply('application/json', { a: 12345678901234567890n })
    expect(body).toBe('{"a":12345678901234567890}')
  })

  test.each([
    ['text/html', 'sandbox allow-scripts'],
    ['image/svg+xml', "sandbox; default-src 'none'"],
    ['text/plain', "sandbox; default-src 'none'"],
  ])('keeps the scripts of %s from this origin', (type, policy) => {
    const { headers } = resultReply(type, '<script>alert(1)</script>')
    expect(headers['Content-Security-Policy']).toContain(policy)
    expect(headers['Content-Security-Policy']).not.toContain('allow-same-origin')
  })
})

const result = {
  data: {
    'text/plain': '<Figure>',
    'image/png': 'aGk=',
    'text/csv': 'a,b',
    'text/html': '<table>',
    'application/json': {},
    'not a type\r\nX: y': 1,
  },
  metadata: {},
  execution_count: 1,
}

/** What the types of the whole run give; the others are the result's own. */
const names: Readonly<Record<string, string>> = {
  'application/json': 'report',
  'text/html': 'page',
  'application/x-ipynb+json': 'notebook',
}

function chosen(accept: string | undefined, resultOnly = false): string | null {
  const found = chooseRepresentation(readNegotiation(accept, resultOnly), result)
  if (found === null || !representations.includes(found)) return found?.mediaType ?? null
  return names[found.mediaType] ?? null
}

describe('chooseRepresentation()', () => {
  test.each([
    [undefined, 'report'],
    ['', 'report'],
    ['*/*', 'report'],
    ['application/json', 'report'],
    ['application/*', 'report'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'page'],
    ['text/html;q=0.5, application/json;q=0.4', 'page'],
    ['text/html;q=0.5, application/json', 'report'],
    ['application/x-ipynb+json', 'notebook'],
    ['image/png', 'image/png'],
    ['image/*', 'image/png'],
    ['image/webp, image/*;q=0.8, */*;q=0.1', 'image/png'],
    ['text/csv; charset=utf-8', 'text/csv'],
    ['text/csv;q=0.9, text/plain', 'text/plain'],
    ['image/jpeg', null],
    ['*/*;q=0', null],
    ['nonsense', null],
  ])('makes of "%s" %s', (accept, expected) => {
    expect(chosen(accept)).toBe(expected)
  })

  test.each([
    ['application/json', 'application/json'],
    ['text/html', 'text/html'],
    ['*/*', 'text/plain'],
    ['application/x-ipynb+json', null],
  ])('chooses of the result alone when it is asked: "%s" is %s', (accept, expected) => {
    expect(chosen(accept, true)).toBe(expected)
  })

  test('has no form for a result that is not there', () => {
    expect(chooseRepresentation(readNegotiation('image/png', false), null)).toBeNull()
    expect(chooseRepresentation(readNegotiation('*/*', true), null)).toBeNull()
  })
})

describe('wantsEvents()', () => {
  test.each([
    ['text/event-stream', true],
    ['text/event-stream, text/html', true],
    ['text/html;q=0.9, text/event-stream', true],
    ['text/html, text/event-stream', false],
    ['text/event-stream;q=0.5, application/json', false],
    ['*/*', false],
    ['text/*', false],
  ])('is, of "%s", %s', (accept, expected) => {
    expect(acceptsEvents(readNegotiation(accept, false))).toBe(expected)
  })
})

describe('wantsPageToo()', () => {
  test.each([
    ['text/event-stream, text/html', true],
    ['text/event-stream, */*', false],
  ])('is, of "%s", %s', (accept, expected) => {
    expect(acceptsPage(readNegotiation(accept, false))).toBe(expected)
  })
})
