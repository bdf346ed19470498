import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RunError } from '../../src/errors.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const token = 'pa$$/w+rd "é" 6f1d2a9c'
const { text, value } = createRedactor([token])

describe('createRedactor().text()', () => {
  test.each([
    { name: 'raw', written: token },
    { name: 'for a URL', written: encodeURIComponent(token) },
    {
      name: 'for a URL, in small letters',
      written: encodeURIComponent(token).replace(/%../g, (x) => x.toLowerCase()),
    },
    { name: 'for a path', written: encodeURIComponent(token).replaceAll('%2F', '/') },
    {
      name: 'for a form',
      written: new URLSearchParams({ token }).toString().slice('token='.length),
    },
    { name: 'for JSON', written: JSON.stringify(token).slice(1, -1) },
    {
      name: 'for JSON within JSON',
      written: JSON.stringify(JSON.stringify(token).slice(1, -1)).slice(1, -1),
    },
    { name: 'for JSON in ASCII', written: 'pa$$/w+rd \\"\\u00e9\\" 6f1d2a9c' },
    { name: 'for JSON in ASCII, in capitals', written: 'pa$$/w+rd \\"\\u00E9\\" 6f1d2a9c' },
    { name: 'in hex', written: Buffer.from(token).toString('hex') },
    { name: 'in hex, in capitals', written: Buffer.from(token).toString('hex').toUpperCase() },
    { name: 'in base64', written: Buffer.from(token).toString('base64') },
    { name: 'in base64 for URLs', written: Buffer.from(token).toString('base64url') },
  ])('masks a secret that is written $name', ({ written }) => {
    expect(text(`before ${written} after ${written}`)).toBe('before [redacted] after [redacted]')
  })

  test.each([
    { name: 'for HTML with its quotes', written: '&lt;é&amp;&quot;&#x27;\\🙂 9c' },
    { name: 'by a template', written: '&lt;é&amp;&#34;&#39;\\🙂 9c' },
    { name: "by Python's repr()", written: '<é&"\\\'\\\\🙂 9c' },
    {
      name: "by Python's repr() of its bytes",
      written: '<\\xc3\\xa9&"\\\'\\\\\\xf0\\x9f\\x99\\x82 9c',
    },
    { name: "by Python's ascii()", written: '<\\xe9&"\\\'\\\\\\U0001f642 9c' },
  ])('masks a secret with quotes that is written $name', ({ written }) => {
    const redactor = createRedactor(['<é&"\'\\🙂 9c'])
    expect(redactor.text(`before ${written} after`)).toBe('before [redacted] after')
  })

  test.each([0, 1, 2, 3, 4])('masks a secret in base64 with %i bytes before it', (before) => {
    const bytes = Buffer.from(`${'user:'.slice(0, before)}${token}, and more`)
    const { text: plain } = createRedactor([token, 'never seen'])
    for (const encoding of ['base64', 'base64url'] as const) {
      const shown = plain(bytes.toString(encoding))
      expect(shown).toContain('[redacted]')
      const pieces = shown.split('[redacted]').map((piece) => Buffer.from(piece, encoding))
      expect(pieces.join('')).not.toContain(token.slice(3, 9))
      expect(shown.length).toBeLessThan(10 + 12 + 16)
    }
  })

  test.each([
    { name: 'has no secret', secrets: [], plain: 'any text' },
    { name: 'has only an empty one', secrets: [''], plain: 'any text' },
    { name: 'has one that is not there', secrets: [token], plain: 'pa$$/w+rd' },
    {
      name: 'has one too short to look for its base64',
      secrets: ['abc'],
      plain: Buffer.from('abc').toString('base64'),
    },
  ])('returns the text unchanged when it $name', ({ secrets, plain }) => {
    expect(createRedactor(secrets).text(plain)).toBe(plain)
  })

  test('masks the longer of two secrets with the same beginning', () => {
    const redactor = createRedactor(['secret', 'secret-and-more'])
    expect(redactor.text('secret-and-more, secret')).toBe('[redacted], [redacted]')
  })

  test('leaves no trace of any secret in any text', () => {
    const anySecret = fc.string({ unit: 'binary-ascii', minLength: 12, maxLength: 60 })
    const around = fc.string({ maxLength: 20 })
    fc.assert(
      fc.property(anySecret, around, around, (secret, before, after) => {
        const bytes = Buffer.from(secret)
        const written = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
        const encoded = [
          bytes.toString('base64'),
          bytes.toString('base64url'),
          bytes.toString('hex'),
        ]
        const redactor = createRedactor([secret])
        for (const spelling of [...written, ...encoded]) {
          const found = redactor.text(`${before}\n${spelling}\n${after}`)
          expect(found).toContain('[redacted]')
          expect(found).not.toContain(spelling)
        }
      }),
      fuzzOptions(100),
    )
  })
})

describe('createRedactor().addSecrets()', () => {
  test('masks added secrets from then on, as well as earlier ones', () => {
    const redactor = createRedactor(['known-before'])
    const shown = () => redactor.text('known-before learnt-later')
    expect(shown()).toBe('[redacted] learnt-later')
    redactor.addSecrets(['learnt-later', ''])
    expect(shown()).toBe('[redacted] [redacted]')
    redactor.addSecrets(['learnt-later-0815'])
    expect(redactor.value({ 'learnt-later-0815': ['learnt-later'] })).toEqual({
      '[redacted]': ['[redacted]'],
    })
  })
})

describe('createRedactor().value()', () => {
  test('masks strings in lists and objects without changing its argument', () => {
    const data = { a: [1, null, { b: `x ${token}` }], c: 'clean', d: true }
    const before = structuredClone(data)
    expect(value(data)).toEqual({ a: [1, null, { b: 'x [redacted]' }], c: 'clean', d: true })
    expect(data).toEqual(before)
  })

  test('returns the same object when there is nothing to mask', () => {
    const data = { a: ['clean', { b: 1 }], c: null }
    expect(value(data)).toBe(data)
  })

  test('masks keys', () => {
    expect(value({ [`x ${token}`]: { [token]: 1 } })).toEqual({
      'x [redacted]': { '[redacted]': 1 },
    })
  })

  test('keeps field names when a short secret equals one', () => {
    const redactor = createRedactor(['name', 'my-token'])
    const data = { name: 'the name', 'my-token': 1 }
    expect(redactor.value(data)).toEqual({ name: 'the [redacted]', 'my-token': 1 })
    expect(redactor.names.value({ name: 'the name' })).toEqual({ name: 'the name' })
  })

  test('keeps a key that is called __proto__', () => {
    const data: unknown = JSON.parse(`{ "__proto__": { "a": ${JSON.stringify(token)} } }`)
    expect(JSON.stringify(value(data))).toBe('{"__proto__":{"a":"[redacted]"}}')
  })

  test('accepts data that is nested 5,000 levels deep', () => {
    let deep: unknown = token
    for (let level = 0; level < 5_000; level++) deep = level % 2 === 0 ? [deep] : { deep }
    let found: unknown = value(deep)
    for (let level = 0; level < 5_000; level++) found = Object.values(Object(found))[0]
    expect(found).toBe('[redacted]')
  })

  test('masks a secret next to a long text without one', () => {
    const data = { 'text/plain': 'x'.repeat(100_000) }
    expect(value({ data })).toEqual({ data })
    const shown = value({ data, name: token, more: { long: 'y'.repeat(100_000) + token } })
    expect(shown).toMatchObject({ data, name: '[redacted]' })
    expect(shown.more.long.endsWith('y[redacted]')).toBe(true)
  })

  test('masks a secret added later in a long text that was checked before', () => {
    const later = 'learnt-later-0815'
    const redactor = createRedactor([token])
    const data = { 'text/plain': later + 'x'.repeat(100_000) }
    expect(redactor.value({ data }).data).toBe(data)
    redactor.addSecrets([later])
    expect(redactor.value({ data }).data['text/plain']).toMatch(/^\[redacted\]x+$/)
  })

  test.each([
    { name: 'an error', data: new RunError('INTERNAL', token) },
    { name: 'a URL', data: new URL('https://jupyter.example/') },
    { name: 'bytes', data: Buffer.from('bytes') },
  ])('returns $name unchanged', ({ data }) => {
    expect(value({ data }).data).toBe(data)
  })
})

describe('createRedactor().value() of numbers', () => {
  const redactor = createRedactor(['1234567890123456789', '12345678', '2026', 'abcdefgh'])

  test('masks a secret that is a number, and no other numbers', () => {
    const numbers = {
      a: [1234567890123456789n, 12345678, 12345678.5],
      b: { c: 98765432n, d: 2026 },
    }
    expect(redactor.value(numbers)).toEqual({
      a: ['[redacted]', '[redacted]', '[redacted].5'],
      b: { c: 98765432n, d: 2026 },
    })
  })

  test('returns the same object when there is no number to mask', () => {
    const numbers = { a: [1, 2n, NaN, 1e300] }
    expect(redactor.value(numbers)).toBe(numbers)
  })
})
