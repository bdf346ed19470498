import { expect, test, describe } from '@jest/globals'
import { startOfWidth, widthOf } from '../../src/report/display_width.ts'

test.each([
  ['abc', 3],
  ['数据', 4],
  ['e\u0301', 1],
  ['👩', 2],
  ['❤️', 2],
  ['👩‍👩‍👧', 6],
])('widthOf() measures %j as %i columns', (text, width) => {
  expect(widthOf(text)).toBe(width)
})

describe('startOfWidth()', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['数据库', 6, '数据库'],
    ['数据库', 5, '数据…'],
    ['数据库', 4, '数…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
    ['', 0, ''],
  ])('of %j in %i columns is %j', (text, columns, start) => {
    expect(startOfWidth(text, columns)).toBe(start)
  })
})
