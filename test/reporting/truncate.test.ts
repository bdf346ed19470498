import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { jsonBytes, shrink, startOf } from '../../src/reporting/truncate.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const characters = fc.constantFrom('a', '"', '\n', 'é', '€', '😀', '\ud83d', '\ude00', '\u0001')

describe('startOf()', () => {
  test('returns the longest beginning that fits, without splitting a character', () => {
    fc.assert(
      fc.property(fc.array(characters), fc.nat(80), (list, maxBytes) => {
        const text = list.join('')
        const found = startOf(text, maxBytes)
        const points = Array.from(text)
        const starts = points.map((_, end) => points.slice(0, end).join('')).concat(text)
        const fitting = starts.filter((start) => jsonBytes(start) <= maxBytes)
        expect(found).toBe(fitting.at(-1) ?? '')
      }),
      fuzzOptions(2_000),
    )
  })

  test('cuts megabytes, in a time proportional to the length', () => {
    expect(startOf('é'.repeat(20_000_000), 9_500_002)).toHaveLength(4_750_000)
    expect(scalingOf((size) => startOf('é'.repeat(size * 10), size * 5))).toBeLessThan(
      maxLinearScaling,
    )
  })
})

describe('shrink()', () => {
  test('returns the same object when it is small enough', () => {
    const tree = { a: 'text', b: [1, 2] }
    expect(shrink(tree, 100)).toEqual({ value: tree, cut: [] })
    expect(shrink(tree, 100).value).toBe(tree)
  })

  test('shortens the longest text and leaves the others', () => {
    const tree = { code: 'CELL_FAILED', data: { 'text/plain': 'x'.repeat(5_000) }, n: 5 }
    const { value, cut } = shrink(tree, 200)
    expect(value).toEqual({
      code: 'CELL_FAILED',
      data: { 'text/plain': expect.stringMatching(/^x{100,}…$/) },
      n: 5,
    })
    expect(cut).toEqual(['data["text/plain"]'])
  })

  test('shortens two long texts equally', () => {
    const { value, cut } = shrink({ lines: ['a'.repeat(900), 'ok', 'b'.repeat(700)] }, 400)
    expect(value).toEqual({
      lines: [expect.stringMatching(/^a{150,}…$/), 'ok', expect.stringMatching(/^b{150,}…$/)],
    })
    expect(cut).toEqual(['lines[0]', 'lines[2]'])
  })

  test('leaves out the last items of a list that is too long', () => {
    const { value, cut } = shrink({ numbers: Array.from({ length: 1_000 }, (_, i) => i) }, 100)
    expect(value).toEqual({ numbers: expect.arrayContaining([0, 1, 2, 3]) })
    expect(cut).toEqual(['numbers'])
  })

  test('cuts values that are nested too deeply', () => {
    let deep: unknown = 'treasure'
    for (let level = 0; level < 10_000; level++) deep = [deep]
    const { value, cut } = shrink({ deep, beside: 'kept' }, 1_000)
    expect(value).toMatchObject({ beside: 'kept' })
    expect(JSON.stringify(value)).not.toContain('treasure')
    expect(cut).toEqual([`deep${'[0]'.repeat(29)}`])
  })

  test('never splits a surrogate pair', () => {
    for (let maxBytes = 40; maxBytes < 60; maxBytes++) {
      expect(JSON.stringify(shrink({ a: '👩'.repeat(50) }, maxBytes).value)).not.toMatch(/\\ud/i)
    }
  })

  test('makes any value fit and names what it cut', () => {
    const anyTree = fc.dictionary(
      fc.string({ maxLength: 10 }),
      fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }),
    )
    fc.assert(
      fc.property(anyTree, fc.integer({ min: 40, max: 400 }), (tree, maxBytes) => {
        const { value, cut } = shrink(tree, maxBytes)
        expect(jsonBytes(value)).toBeLessThanOrEqual(maxBytes)
        if (cut.length === 0) expect(value).toBe(tree)
      }),
      fuzzOptions(500),
    )
  })
})
