import { describe, expect, test } from '@jest/globals'
import { parseArgv } from '../../src/request/argv.ts'
import { readParameters } from '../../src/request/parameters.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'
import { errorTextOf } from './error_text_of.ts'

const files: Readonly<Record<string, string>> = { 'a.yml': 'a: file\nb: 2\n', 'list.yml': '- 1' }

function readFile(path: string): string {
  const text = files[path]
  if (text === undefined) throw new Error('there is no such file')
  return text
}

function parametersOf(args: readonly string[]): ReadonlyMap<string, unknown> {
  return readParameters(parseArgv(args), readFile)
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('readParameters()', () => {
  test.each<[string[], Record<string, unknown>]>([
    [[], {}],
    [['-p', 'a', '1'], { a: 1n }],
    [['--parameter', 'a', '1.0'], { a: 1 }],
    [['--parameters', 'a', 'x y'], { a: 'x y' }],
    [['--parameter=a', 'None'], { a: null }],
    [['-p', 'a', ''], { a: '' }],
    [['-p', 'a', '-5'], { a: -5n }],
    [['-p', 'a', '-x'], { a: '-x' }],
    [['-p', 'a', '—'], { a: '—' }],
    [['-p', 'a', '1', '-p', 'b', '2', '-p', 'a', '3'], { a: 3n, b: 2n }],
    [['-r', 'a', '1'], { a: '1' }],
    [['--parameters_raw', 'a', 'True'], { a: 'True' }],
    [['-y', 'a: 1\nb: [x]'], { a: 1n, b: ['x'] }],
    [['--parameters_yaml', '{"a": 1.0}'], { a: 1 }],
    [['-b', base64('a: é')], { a: 'é' }],
    [['--parameters_base64', `${base64('a: 1')}\n`], { a: 1n }],
    [['-f', 'a.yml'], { a: 'file', b: 2n }],
    [['--parameters_file', 'a.yml', '-y', ''], { a: 'file', b: 2n }],
    [['-p', '__proto__', '1'], { ['__proto__']: 1n }],
  ])('reads %j', (args, values) => {
    expect(Object.fromEntries(parametersOf(['host', ...args, '/a.ipynb']))).toEqual(values)
  })

  test('prefers the same option as papermill, in any order', () => {
    const all = [
      ['-b', base64('a: base64')],
      ['-f', 'a.yml'],
      ['-y', 'a: yaml'],
      ['-p', 'a', 'parameter'],
      ['-r', 'a', 'raw'],
    ]
    const winners = all.map((_, count) =>
      parametersOf(
        all
          .slice(0, count + 1)
          .toReversed()
          .flat(),
      ),
    )
    expect(winners.map((parameters) => parameters.get('a'))).toEqual([
      'base64',
      'file',
      'yaml',
      'parameter',
      'raw',
    ])
  })

  test('keeps the position of a parameter that is set again', () => {
    const args = ['-y', '{a: 1, b: 2}', '-p', 'a', '3']
    expect([...parametersOf(args)]).toEqual([
      ['a', 3n],
      ['b', 2n],
    ])
  })

  test.each<[string[], string]>([
    [['-p'], '"-p": its NAME is missing; write it after the flag'],
    [['-p', 'a'], '"-p": its VALUE is missing'],
    [['--parameter=a'], '"--parameter": its VALUE is missing'],
    [['-p', 'a', '--'], '"-p": its VALUE is missing'],
    [['-p', 'a', '--verbose'], '"-p": its VALUE would be the flag "--verbose"'],
    [['-r', 'a', '--progress-bar', '/b.ipynb'], '"-r": its VALUE would be the flag "--progress-bar"'], // prettier-ignore
    [['-r', '-p', 'a'], '"-r": its NAME would be the flag "-p"'],
    [['--kernel', '-p', 'a', '1'], '"--kernel": its value is missing'],
    [['-p', '', '1'], 'Cannot set a parameter: its name is empty'],
    [['--parametre', 'a', '1'], 'did you mean "--parameter"?'],
    [['-y', '[1'], 'Cannot read parameters from --yaml: '],
    [['-b', 'a: s3cret'], 'Cannot read parameters from --base64: it is not base64'],
    [
      ['-b', '/w=='],
      'Cannot read parameters from --base64: it is not UTF-8 text: byte 1 of 1 (0xFF, on line 1)',
    ],
    [['-f', 'b.yml'], 'Cannot read parameters from --file "b.yml": there is no such file'],
    [['-f', 'list.yml'], 'Cannot read parameters from --file "list.yml": it has no names'],
    [['-p', 'a', '9'.repeat(5000)], 'from --parameter "a": an integer has 5000 digits'],
  ])('refuses %.80j', (args, reason) => {
    const errorText = errorTextOf(() => parametersOf(args))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot /)
    expect(errorText).toContain(reason)
    expect(errorText).not.toContain('s3cret')
  })

  test('takes linear time for many parameters', () => {
    expect(parametersOf(wordsFor(10_000)).size).toBe(10_000)
    expect(scalingOf((size) => parametersOf(wordsFor(size / 10)))).toBeLessThan(maxLinearScaling)
  })

  test.each([
    {
      name: 'a name',
      args: ['-p', 'n'.repeat(201), '5'],
      reason: 'its name has 201 characters, and the maximum is 200',
    },
    {
      name: 'a name in YAML',
      args: ['-y', `${'n'.repeat(201)}: 5`],
      reason: 'its name has 201 characters',
    },
    {
      name: 'a text',
      args: ['-r', 'x', 'v'.repeat(4_000_001)],
      reason: /"x": its value has 4000001 characters, and/,
    },
  ])('refuses $name that is too long', ({ args, reason }) => {
    expect(() => parametersOf(args)).toThrow(reason)
  })
})

function wordsFor(count: number): readonly string[] {
  return Array.from({ length: count }, (_, place) => ['-p', `p${place}`, 'x']).flat()
}
