import { describe, expect, test } from '@jest/globals'
import { isDeeperThan } from '../../src/jupyter/nesting.ts'

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

describe('isDeeperThan()', () => {
  test.each([
    ['text', 'a', false],
    ['null', null, false],
    ['as many levels', nested(9), false],
    ['one level more', { a: [1, { b: nested(7) }] }, true],
    ['any depth', nested(100_000), true],
  ])('isDeeperThan() of 9 levels and %s', (_, value, expected) => {
    expect(isDeeperThan(9, value)).toBe(expected)
  })
})
