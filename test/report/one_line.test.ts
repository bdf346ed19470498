import { expect, test } from '@jest/globals'
import { oneLine } from '../../src/report/one_line.ts'

test.each([
  ['a', 'a'],
  ['  a \n\t b\u2028c  ', 'a b c'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['0123456789', '0123456789'],
  ['0123456789a', '012345678…'],
  ['01234567👩x', '01234567…'],
  [' '.repeat(600), '…'],
])('oneLine() of %j in 10 characters is %j', (text, line) => {
  expect(oneLine(text, 10)).toBe(line)
})
