import { expect, test } from '@jest/globals'
import { durationText } from '../../src/util/duration.ts'

test.each([
  [0, '0.0 s'],
  [49, '0.0 s'],
  [900, '0.9 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [12_300, '12 s'],
  [59_499, '59 s'],
  [59_500, '1 min 00 s'],
  [185_000, '3 min 05 s'],
  [3_599_499, '59 min 59 s'],
  [3_599_500, '1 h 00 min'],
  [3_720_000, '1 h 02 min'],
  [90_000_000, '25 h 00 min'],
])('durationText() writes %i ms as "%s"', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text)
})
