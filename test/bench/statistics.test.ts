import { describe, expect, test } from '@jest/globals'
import { spreadOf } from './statistics.ts'

describe('spreadOf()', () => {
  test.each([
    ['of one figure', [3], { median: 3, least: 3, most: 3 }],
    ['of an odd number', [10, 1, 2], { median: 2, least: 1, most: 10 }],
    ['of an even number', [4, 1, 2, 10], { median: 3, least: 1, most: 10 }],
    ['of none', [], { median: NaN, least: NaN, most: NaN }],
  ])('spreadOf() returns the median and the extremes %s', (_, figures, spread) => {
    expect(spreadOf(figures)).toEqual(spread)
  })
})
