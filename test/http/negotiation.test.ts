import { describe, expect, test } from '@jest/globals'
import { readNegotiation, acceptsEvents, acceptsPage } from '../../src/http/negotiation.ts'
import { chooseRepresentation, representations } from '../../src/http/representations.ts'

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
