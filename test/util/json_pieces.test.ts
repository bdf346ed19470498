import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { jsonText } from '../../src/util/json.ts'
import { jsonPieces } from '../../src/util/json_pieces.ts'
import { safeJson } from '../../src/util/safe_text.ts'

const long = 65_536

describe('jsonPieces()', () => {
  test.each([
    ['of nothing', undefined],
    ['of a short value', { data: { 'text/plain': '15' }, execution_count: 3 }],
    ['of a text alone', 'x'.repeat(3 * long)],
    ['of a text with a character at the cut', `${'x'.repeat(long - 1)}😀${'"'.repeat(long)}`],
    ['of halves of characters', '\ud83d'.repeat(2 * long)],
    ['of many long texts', { a: 'a'.repeat(2 * long), list: [`\n${'b'.repeat(long)}`, 'c'] }],
    ['beside large integers', [2n ** 80n, 'x'.repeat(2 * long), 12345678901234567890n]],
  ])('writes the same as safeJson(jsonText()) %s', (_, value) => {
    expect([...jsonPieces(value)].join('') === safeJson(jsonText(value))).toBe(true)
  })

  test('writes the same as safeJson(jsonText()) for any value', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 })
    const longText = text.map((part) => part.repeat(Math.ceil((long + 3) / part.length)))
    const value = fc.dictionary(fc.string(), fc.oneof(longText, fc.jsonValue(), text))
    fc.assert(
      fc.property(value, (tree) => [...jsonPieces(tree)].join('') === safeJson(jsonText(tree))),
      { numRuns: 60 },
    )
  })

  test('returns no piece that is much longer than others', () => {
    const pieces = [...jsonPieces({ text: 'x'.repeat(1_000_000) })]
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(long)
  })
})
