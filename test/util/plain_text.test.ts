import { describe, expect, test } from '@jest/globals'
import { plainText } from '../../src/util/plain_text.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

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
