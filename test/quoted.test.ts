import { describe, expect, test } from '@jest/globals'
import { quoted, quotedAddress } from '../src/quoted.ts'

describe('quoted()', () => {
  test.each([
    ['host', '"host"'],
    ['', '""'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['a\r\nb\0', '"a\\r\\nb\\u0000"'],
    ['größe 🙂', '"größe 🙂"'],
    ['a\u200b\u202eb\u0085\u2028', '"a<U+200B><U+202E>b<U+0085><U+2028>"'],
    ['x'.repeat(300), `"${'x'.repeat(200)}…"`],
  ])('shows %j on one line', (text, shown) => {
    expect(quoted(text)).toBe(shown)
  })
})

describe('quotedAddress()', () => {
  test.each([
    ['http://host:8888/lab', '"http://host:8888/lab"'],
    ['http://host/lab?token=s3cret', '"http://host/lab…"'],
    ['http://host/lab#s3cret', '"http://host/lab…"'],
    ['http://ann:s3cret@host', '"…@host"'],
    ['s3cret@s3cret\n@host?s3cret', '"…@host…"'],
  ])('leaves out of %j what may be secret', (text, shown) => {
    expect(quotedAddress(text)).toBe(shown)
  })
})
