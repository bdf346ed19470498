import { describe, expect, test } from '@jest/globals'
import { resultReply } from '../../src/http/representations.ts'

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
