import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { jsonBytes, startOf } from '../../src/report/json_size.ts'

const characters = fc.constantFrom('a', '"', '\n', 'é', '€', '😀', '\ud83d', '\ude00', '\u0001')

describe('startOf()', () => {
  test('is the longest start that fits, and splits no character', () => {
    fc.assert(
      fc.property(fc.array(characters), fc.nat(80), (list, maxBytes) => {
        const text = list.join('')
        const found = startOf(text, maxBytes)
        const points = Array.from(text)
        const starts = points.map((_, end) => points.slice(0, end).join('')).concat(text)
        const fitting = starts.filter((start) => jsonBytes(start) <= maxBytes)
        expect(found).toBe(fitting.at(-1) ?? '')
      }),
      { numRuns: 2_000 },
    )
  })

  test('cuts megabytes in a moment', () => {
    const startedTick = performance.now()
    expect(startOf('é'.repeat(20_000_000), 9_500_002)).toHaveLength(4_750_000)
    expect(performance.now() - startedTick).toBeLessThan(5_000)
  })
})
