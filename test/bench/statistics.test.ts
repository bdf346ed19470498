import { describe, expect, test } from '@jest/globals'
import { spreadOf } from './statistics.ts'

describe('spreadOf()', () => {
  test.each([
    { name: 'of one figure', figures: [3], spread: { median: 3, least: 3, most: 3 } },
    { name: 'of an odd number', figures: [10, 1, 2], spread: { median: 2, least: 1, most: 10 } },
    {
      name: 'of an even number',
      figures: [4, 1, 2, 10],
      spread: { median: 3, least: 1, most: 10 },
    },
    { name: 'of none', figures: [], spread: { median: NaN, least: NaN, most: NaN } },
  ])('spreadOf() returns the median and the extremes $name', ({ figures, spread }) => {
    expect(spreadOf(figures)).toEqual(spread)
  })
})
