import { describe, expect, test } from '@jest/globals'
import { resultText } from '../../src/request/result_text.ts'

describe('resultText()', () => {
  test.each([
    ['a text of Python', "'it'", 'it'],
    ['one with a quote', '"it\'s"', "it's"],
    ['one with both quotes', `'it\\'s "it"'`, `it's "it"`],
    ['one with signs that cannot be seen', String.raw`'a\tb\n\x00\\n\u2028\U0010ffff'`, 'a\tb\n\0\\n\u2028\u{10ffff}'], // prettier-ignore
    ['one that is empty', "''", ''],
    ['one beyond ASCII', "'größe 🙂'", 'größe 🙂'],
    ['one that looks like a number', "'007'", '007'],
    ['a text of R', String.raw`[1] "say \"it\""`, 'say "it"'],
    ['what was printed', 'it\n', 'it'],
    ['lines that were printed', 'one\n two\n\n', 'one\n two\n'],
    ['a line that Windows ends', 'it\r\n', 'it'],
    ['quotes that were printed', "'it'\n", "'it'"],
  ])('reads %s', (_, shown, text) => {
    expect(resultText(shown)).toBe(text)
  })

  test.each([
    '',
    '15',
    '-0.5',
    "['a', 'b']",
    "('a', 'b')",
    "'a', 'b'",
    '[1] "a" "b"',
    '[1] 15',
    "b'it'",
    "PosixPath('it')",
    "'",
    '"it\'',
    "'it",
    String.raw`'it\'`,
    String.raw`'\ud800'`,
    String.raw`'\U00110000'`,
    String.raw`'\d'`,
    "'two\nlines'",
    'plain text',
  ])('leaves %j as it is', (shown) => {
    expect(resultText(shown)).toBe(shown)
  })
})
