import { describe, expect, test } from '@jest/globals'
import {
  oneLine,
  plainText,
  quoteAddress,
  quoteForError,
  safeJson,
  safeText,
} from '../../src/util/text.ts'
import { hostileTexts, unsafeIn } from '../support/hostile_texts.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

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

describe('plainText()', () => {
  test.each([
    { name: 'leaves plain text as it is', text: 'a\tb\nc', plain: 'a\tb\nc' },
    { name: 'leaves all the letters of the world', text: 'Zoë 数据 👩‍🔬', plain: 'Zoë 数据 👩‍🔬' },
    {
      name: 'drops colours',
      text: '\u001b[0;31mValueError\u001b[0m: bad',
      plain: 'ValueError: bad',
    },
    {
      name: 'drops 256 and true colours',
      text: '\u001b[38;5;196mred\u001b[48;2;1;2;3m.',
      plain: 'red.',
    },
    { name: 'drops cursor movements', text: 'a\u001b[2K\u001b[1Gb', plain: 'ab' },
    {
      name: 'drops the address of a link',
      text: '\u001b]8;;https://x.example\u0007here\u001b]8;;\u0007',
      plain: 'here',
    },
    { name: 'drops the one-byte escape', text: '\u009b31mred', plain: 'red' },
    { name: 'drops bell, backspace and null', text: 'a\u0007b\bc\u0000d', plain: 'abcd' },
    { name: 'drops what is left of an escape that was cut off', text: 'a\u001b', plain: 'a' },
    { name: 'keeps what a progress bar shows last', text: '10%\r50%\r100%', plain: '100%' },
    { name: 'keeps what a bar shows that returns at its end', text: '10%\r50%\r', plain: '50%' },
    {
      name: 'overwrites within one line only',
      text: 'one\nxx\rtwo\nthree',
      plain: 'one\ntwo\nthree',
    },
    { name: 'takes the line ends of Windows', text: 'one\r\ntwo\r\n', plain: 'one\ntwo\n' },
    { name: 'is empty for an empty text', text: '', plain: '' },
  ])('$name', ({ text, plain }) => {
    expect(plainText(text)).toBe(plain)
  })

  test.each(['\u001b[', '\u001b]', '\u001b]8;;', '\u009b1;'])(
    'takes linear time for many escape sequences without an end: %j',
    (start) => {
      expect(scalingOf((size) => plainText(start.repeat(size)))).toBeLessThan(maxLinearScaling)
    },
  )
})

describe('safeText()', () => {
  test.each(Object.entries(hostileTexts))('removes everything unsafe from %s', (_, text) => {
    expect(unsafeIn(safeText(text))).toEqual([])
    expect(unsafeIn(plainText(text))).toEqual([])
  })

  test.each(['a\tb\nc', 'Zoë 数据 👩‍🔬', 'مرحبا\u200f, שלום', '🏴\u{e0067}\u{e007f}', 'x\u00ady'])(
    'keeps %j unchanged',
    (text) => expect(safeText(text)).toBe(text),
  )
})

describe('safeJson()', () => {
  const values = [...Object.values(hostileTexts), 'מרחבא\u200f', '😀\ud800', '\\u202e', '\u2028']

  test.each(values)('keeps the value %j, and contains nothing unsafe', (value) => {
    const json = safeJson(JSON.stringify({ [value]: value }))
    expect(unsafeIn(json)).toEqual([])
    expect(JSON.parse(json)).toEqual({ [value]: value })
  })
})
