import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { splitWords } from '../../src/request/shell_words.ts'
import { errorTextOf } from './error_text_of.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

describe('splitWords()', () => {
  test.each<[string, string[]]>([
    ['', []],
    [' \t\r\n\v\f ', []],
    ['host /a.ipynb', ['host', '/a.ipynb']],
    ['  host\t/a.ipynb\n--verbose\r\n', ['host', '/a.ipynb', '--verbose']],
    ['a\u00a0b\u2003c\u2028d\u3000e\u0085f\ufeffg', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['"/my report.ipynb"', ['/my report.ipynb']],
    ["'/my report.ipynb'", ['/my report.ipynb']],
    ['/my\\ report.ipynb', ['/my report.ipynb']],
    ['/my" "report.ipynb', ['/my report.ipynb']],
    ['--kernel="python 3"', ['--kernel=python 3']],
    ['""', ['']],
    ["a '' b", ['a', '', 'b']],
    ['"" \'\'', ['', '']],
    ['""\'\'', ['']],
    ['"a\\"b"', ['a"b']],
    ['"a\\\\b"', ['a\\b']],
    ['"a\\nb"', ['a\\nb']],
    ["'a\\b'", ['a\\b']],
    ["'\"'", ['"']],
    ['"\'"', ["'"]],
    ["it\\'s", ["it's"]],
    ['\\"', ['"']],
    ['a\\\\b', ['a\\b']],
    ['host \\\n  /a.ipynb \\\r\n --verbose', ['host', '/a.ipynb', '--verbose']],
    ['"two\nlines"', ['two\nlines']],
    ['$HOME `id` ;|&<>*', ['$HOME', '`id`', ';|&<>*']],
    ['#no comment', ['#no', 'comment']],
    ['🙂 \\🙂 "🙂"', ['🙂', '🙂', '🙂']],
    ['a\0b', ['a\0b']],
  ])('splits %j', (text, words) => {
    expect(splitWords(text)).toEqual(words)
  })

  test.each([
    ['host "/a.ipynb', 'the quote " at character 6 is never closed'],
    ["host '/a.ipynb", "the quote ' at character 6 is never closed"],
    ['"closed" "open\\"', 'the quote " at character 10 is never closed'],
    ['"', 'the quote " at character 1 is never closed'],
    ['host \\', 'the backslash at character 6 has nothing after it'],
  ])('refuses %j with the position where it begins', (text, reason) => {
    expect(errorTextOf(() => splitWords(text))).toContain(
      `ARGUMENTS_INVALID: Cannot split the text into words: ${reason}`,
    )
  })

  test('returns any arguments that are quoted', () => {
    const words = fc.array(fc.string({ unit: 'binary' }))
    const space = fc.constantFrom(' ', '\n', '\t \r\n', '\u3000')
    fc.assert(
      fc.property(words, space, fc.boolean(), (given, between, isDouble) => {
        const text = given.map(isDouble ? doubleQuoted : singleQuoted).join(between)
        expect(splitWords(text)).toEqual(given)
      }),
      fuzzOptions(100),
    )
  })

  test.each([
    { name: 'many words', textOf: (size: number) => 'word '.repeat(size), count: 100_000 },
    { name: 'a long word', textOf: (size: number) => 'a'.repeat(size * 10), count: 1 },
    {
      name: 'a long quoted word',
      textOf: (size: number) => `"${'a'.repeat(size * 10)}"`,
      count: 1,
    },
    { name: 'many escapes', textOf: (size: number) => '\\a'.repeat(size), count: 1 },
    {
      name: 'many escapes in quotes',
      textOf: (size: number) => `"${'\\"'.repeat(size)}"`,
      count: 1,
    },
    { name: 'many quotes in one word', textOf: (size: number) => '""\'\''.repeat(size), count: 1 },
    { name: 'much white space', textOf: (size: number) => ' \n'.repeat(size), count: 0 },
  ])('takes linear time for $name', ({ textOf, count }) => {
    expect(splitWords(textOf(100_000))).toHaveLength(count)
    expect(scalingOf((size) => splitWords(textOf(size)))).toBeLessThan(maxLinearScaling)
  })
})

function doubleQuoted(word: string): string {
  return `"${word.replace(/["\\]/g, '\\$&')}"`
}

function singleQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
