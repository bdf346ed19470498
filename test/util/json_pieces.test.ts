import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { jsonText } from '../../src/util/json.ts'
import { jsonPieces } from '../../src/util/json_pieces.ts'
import { safeJson } from '../../src/util/text.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const long = 65_536

describe('jsonPieces()', () => {
  test.each([
    { name: 'of nothing', value: undefined },
    { name: 'of a short value', value: { data: { 'text/plain': '15' }, execution_count: 3 } },
    { name: 'of a text alone', value: 'x'.repeat(3 * long) },
    {
      name: 'of a text with a character at the cut',
      value: `${'x'.repeat(long - 1)}😀${'"'.repeat(long)}`,
    },
    { name: 'of halves of characters', value: '\ud83d'.repeat(2 * long) },
    {
      name: 'of many long texts',
      value: { a: 'a'.repeat(2 * long), list: [`\n${'b'.repeat(long)}`, 'c'] },
    },
    {
      name: 'beside large integers',
      value: [2n ** 80n, 'x'.repeat(2 * long), 12345678901234567890n],
    },
  ])('writes the same as safeJson(jsonText()) $name', ({ value }) => {
    expect([...jsonPieces(value)].join('') === safeJson(jsonText(value))).toBe(true)
  })

  test('writes the same as safeJson(jsonText()) for any value', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 })
    const longText = text.map((part) => part.repeat(Math.ceil((long + 3) / part.length)))
    const value = fc.dictionary(fc.string(), fc.oneof(longText, fc.jsonValue(), text))
    fc.assert(
      fc.property(value, (tree) => [...jsonPieces(tree)].join('') === safeJson(jsonText(tree))),
      fuzzOptions(60),
    )
  })

  test('returns no piece that is much longer than others', () => {
    const pieces = [...jsonPieces({ text: 'x'.repeat(1_000_000) })]
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(long)
  })
})
