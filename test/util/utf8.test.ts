import { describe, expect, test } from '@jest/globals'
import { decodeUtf8 } from '../../src/util/utf8.ts'

describe('decodeUtf8()', () => {
  test.each(['', 'größe 日本 🙂', '\ufffd', 'a\ufffd\n\0'])('reads %j', (text) => {
    expect(decodeUtf8(Buffer.from(text))).toBe(text)
  })

  test('leaves out a byte order mark at the beginning', () => {
    expect(decodeUtf8(Buffer.from('\ufeffa: 1'))).toBe('a: 1')
  })

  test.each<[string, readonly (string | number)[], string]>([
    ['Latin-1', ['v: M', 0xfc, 'ller'], 'byte 5 of 9 (0xFC, on line 1)'],
    ['behind a byte order mark', ['\ufeff', 0xfc], 'byte 4 of 4 (0xFC, on line 1)'],
    ['behind U+FFFD', ['\ufffd\n\n', 0xff], 'byte 6 of 6 (0xFF, on line 3)'],
    ['a character that is cut', ['é\n', 0xf0, 0x9f], 'byte 4 of 5 (0xF0, on line 2)'],
    ['UTF-16', [0xff, 0xfe, 'a', 0], 'byte 1 of 4 (0xFF, on line 1)'],
    ['half a surrogate pair', ['a', 0xed, 0xa0, 0x80], 'byte 2 of 4 (0xED, on line 1)'],
  ])('refuses %s, and gives the position', (_, parts, place) => {
    const bytes = Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))),
    )
    expect(() => decodeUtf8(bytes)).toThrow(
      `it is not UTF-8 text: ${place} belongs to no character`,
    )
  })
})
