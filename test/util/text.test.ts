import { describe, expect, test } from '@jest/globals'
import { oneLine, quoteForError, quoteAddress } from '../../src/util/text.ts'

describe('quoteForError()', () => {
  test.each([
    ['host', '"host"'],
    ['', '""'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['a\r\nb\0', '"a\\r\\nb\\u0000"'],
    ['größe 🙂', '"größe 🙂"'],
    ['a\u200b\u202eb\u0085\u2028', '"a<U+200B><U+202E>b<U+0085><U+2028>"'],
    ['x'.repeat(300), `"${'x'.repeat(200)}…"`],
  ])('shows %j on one line', (text, shown) => {
    expect(quoteForError(text)).toBe(shown)
  })
})

describe('quoteAddress()', () => {
  test.each([
    ['http://host:8888/lab', '"http://host:8888/lab"'],
    ['http://host/lab?token=s3cret', '"http://host/lab…"'],
    ['http://host/lab#s3cret', '"http://host/lab…"'],
    ['http://ann:s3cret@host', '"…@host"'],
    ['s3cret@s3cret\n@host?s3cret', '"…@host…"'],
  ])('leaves out possible secrets in %j', (text, shown) => {
    expect(quoteAddress(text)).toBe(shown)
  })
})

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
