import { describe, expect, test } from '@jest/globals'
import { colouredText, shownText, TerminalText } from '../../src/page/terminal_text.ts'

describe('shownText()', () => {
  test.each([
    {
      name: 'colours',
      text: '\u001b[0;31mred\u001b[0m and \u001b[1mbold\u001b[0m',
      shown: 'red and bold',
    },
    {
      name: 'links',
      text: '\u001b]8;;https://example.org\u0007here\u001b]8;;\u001b\\',
      shown: 'here',
    },
    { name: 'control characters', text: 'a\u0000b\u0008c\td', shown: 'abc\td' },
    { name: 'what a line wrote over', text: '10 %\r50 %\r100 %\nnext', shown: '100 %\nnext' },
    {
      name: "a carriage return before the line's end",
      text: 'one\r\ntwo\r\n',
      shown: 'one\ntwo\n',
    },
  ])('leaves out $name', ({ text, shown }) => {
    expect(shownText(text)).toBe(shown)
  })
})

describe('colouredText()', () => {
  test.each([
    { name: 'colours', text: '\u001b[1;31mred\u001b[0m', shown: '\u001b[1;31mred\u001b[0m' },
    { name: 'no cursor movements', text: 'a\u001b[A\u001b[2Kb\u001b[?25h', shown: 'ab' },
    {
      name: 'no controls between',
      text: '\u001b[31ma\u0007b\u001b[0m',
      shown: '\u001b[31mab\u001b[0m',
    },
    {
      name: 'a bar that ends with a colour',
      text: '\r 50 %\r100 %\r\u001b[0m\n',
      shown: '100 %\n',
    },
  ])('has $name', ({ text, shown }) => {
    expect(colouredText(text)).toBe(shown)
  })
})

describe('TerminalText', () => {
  test('returns complete lines, and the text of the open line', () => {
    const text = new TerminalText()
    expect(text.add('one\ntw')).toEqual({ lines: 'one\n', open: 'tw' })
    expect(text.add('o\nthree')).toEqual({ lines: 'two\n', open: 'three' })
  })

  test('accepts colours that span two pieces', () => {
    const text = new TerminalText()
    expect(text.add('\u001b[0;3').open).not.toContain('\u001b')
    const lines = '\u001b[0;31mred\u001b[0m\n'
    expect(text.add('1mred\u001b[0m\n')).toEqual({ lines, open: '' })
  })

  test('keeps the visible state of a progress bar', () => {
    const text = new TerminalText()
    for (let percent = 0; percent < 10_000; percent++) text.add(`\r${percent} of 10000`)
    expect(text.add('\r10000 of 10000')).toEqual({ lines: '', open: '10000 of 10000' })
    expect(text.add('\n')).toEqual({ lines: '10000 of 10000\n', open: '' })
  })

  test('limits the length of a line', () => {
    const { lines, open } = new TerminalText().add('x'.repeat(50_000))
    expect([lines.length, open]).toEqual([50_001, ''])
  })
})
