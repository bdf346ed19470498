import { describe, expect, test } from '@jest/globals'
import { plainText } from '../../src/util/plain_text.ts'
import { scalingOf } from '../support/scaling.ts'

describe('plainText()', () => {
  test.each([
    ['leaves plain text as it is', 'a\tb\nc', 'a\tb\nc'],
    ['leaves all the letters of the world', 'Zoë 数据 👩‍🔬', 'Zoë 数据 👩‍🔬'],
    ['drops colours', '\u001b[0;31mValueError\u001b[0m: bad', 'ValueError: bad'],
    ['drops 256 and true colours', '\u001b[38;5;196mred\u001b[48;2;1;2;3m.', 'red.'],
    ['drops cursor movements', 'a\u001b[2K\u001b[1Gb', 'ab'],
    [
      'drops the address of a link',
      '\u001b]8;;https://x.example\u0007here\u001b]8;;\u0007',
      'here',
    ],
    ['drops the one-byte escape', '\u009b31mred', 'red'],
    ['drops bell, backspace and null', 'a\u0007b\bc\u0000d', 'abcd'],
    ['drops what is left of an escape that was cut off', 'a\u001b', 'a'],
    ['keeps what a progress bar shows last', '10%\r50%\r100%', '100%'],
    ['keeps what a bar shows that returns at its end', '10%\r50%\r', '50%'],
    ['overwrites within one line only', 'one\nxx\rtwo\nthree', 'one\ntwo\nthree'],
    ['takes the line ends of Windows', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['is empty for an empty text', '', ''],
  ])('%s', (_, text, plain) => {
    expect(plainText(text)).toBe(plain)
  })

  test.each(['\u001b[', '\u001b]', '\u001b]8;;', '\u009b1;'])(
    'takes linear time for many escape sequences without an end: %j',
    (start) => {
      expect(scalingOf((size) => plainText(start.repeat(size)))).toBeLessThan(20)
    },
  )
})
