import { describe, expect, test } from '@jest/globals'
import { approximateBytes, piecesOf } from '../../src/http/pieces.ts'

describe('piecesOf()', () => {
  test('gives the whole text again, with no character cut in two', () => {
    for (let length = 65_530; length < 65_540; length++) {
      const text = `${'x'.repeat(length)}größe${'😀'.repeat(40_000)}`
      const pieces = [...piecesOf(text)].map((piece) => Buffer.from(piece))
      expect(pieces.length).toBeGreaterThan(1)
      expect(Buffer.concat(pieces).equals(Buffer.from(text))).toBe(true)
    }
  })

  test('gives all bytes, and nothing of nothing', () => {
    const bytes = Buffer.alloc(200_000, 'abc')
    const pieces = [...piecesOf(bytes)].map((piece) => Buffer.from(piece))
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
    expect([...piecesOf('')]).toEqual([])
  })
})

describe('approximateBytes()', () => {
  test('counts long texts as they are, and everything else as a little', () => {
    const text = 'x'.repeat(1_000_000)
    expect(approximateBytes({ a: [text, { b: text }] })).toBeGreaterThan(2_000_000)
    expect(approximateBytes({ a: [text, { b: text }] })).toBeLessThan(2_000_200)
    expect(approximateBytes([1, null, true, {}, 2n])).toBeLessThan(100)
  })
})
