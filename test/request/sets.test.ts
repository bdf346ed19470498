import { describe, expect, test } from '@jest/globals'
import { noOptions } from '../../src/request/run_options.ts'
import { readSets } from '../../src/request/sets.ts'
import { errorTextOf } from './error_text_of.ts'

function setsOf(each: string) {
  const sets = readSets({ each, eachFile: null }, noFile)
  if (sets === null) throw new Error('Cannot read the sets: there are none')
  return sets
}

function noFile(path: string): never {
  throw new Error(`no file ${path}`)
}

function objectsOf(each: string): readonly object[] {
  const sets = setsOf(each)
  return Array.from({ length: sets.count }, (_, index) => Object.fromEntries(sets.setOf(index)))
}

describe('readSets()', () => {
  test.each([
    {
      name: 'all combinations, the last parameter first',
      each: '{region: [eu, us], limit: [1, 2.0]}',
      expected: [
        { region: 'eu', limit: 1n },
        { region: 'eu', limit: 2 },
        { region: 'us', limit: 1n },
        { region: 'us', limit: 2 },
      ],
    },
    {
      name: 'a range of days, over a leap day',
      each: 'day: 2028-02-28..2028-03-01',
      expected: [{ day: '2028-02-28' }, { day: '2028-02-29' }, { day: '2028-03-01' }],
    },
    {
      name: 'a range of months, over a new year',
      each: '{month: 2026-12..2027-01}',
      expected: [{ month: '2026-12' }, { month: '2027-01' }],
    },
    {
      name: 'a range of integers',
      each: '{n: -1..1}',
      expected: [{ n: -1n }, { n: 0n }, { n: 1n }],
    },
    {
      name: 'one value, and text that is no range',
      each: '{a: x..y, b: [1..2], c: true}',
      expected: [{ a: 'x..y', b: '1..2', c: true }],
    },
    {
      name: 'a list of maps',
      each: '[{region: eu, tags: [a, b]}, {}]',
      expected: [{ region: 'eu', tags: ['a', 'b'] }, {}],
    },
  ])('reads $name', ({ each, expected }) => {
    expect(objectsOf(each)).toEqual(expected)
  })

  test('names every parameter', () => {
    expect(setsOf('[{a: 1}, {b: 1, a: 2}]').names).toEqual(['a', 'b'])
  })

  test('makes a set of thousands when it is asked for', () => {
    const sets = setsOf('{a: 1..100, b: 1..100}')
    expect([sets.count, Object.fromEntries(sets.setOf(9_999))]).toEqual([
      10_000,
      { a: 100n, b: 100n },
    ])
  })

  test('reads a file', () => {
    const options = { each: null, eachFile: 'sets.yaml' }
    expect(readSets(options, () => 'a: [1, 2]\nb: 1..3\n')?.count).toBe(6)
    expect(errorTextOf(() => readSets(options, noFile))).toContain('from --each-file: no file')
  })

  test('is null where none are given', () => {
    expect(readSets(noOptions, noFile)).toBeNull()
  })

  test.each([
    { each: '{n: 3..1}', reason: 'the range "3..1" has no values' },
    { each: '{day: 2026-02-29..2026-03-01}', reason: 'has no values' },
    { each: '{n: []}', reason: 'the list of "n" is empty' },
    { each: '{n: 1..10001}', reason: 'there are 10001, and the maximum is 10000' },
    { each: '{}', reason: 'there are none' },
    { each: '[]', reason: 'there are none' },
    { each: '[{a: 1}, 2]', reason: 'number 2 of the list is no map' },
    { each: 'eu', reason: 'they are neither a map of lists and ranges nor a list of maps' },
  ])('refuses $each', ({ each, reason }) => {
    const errorText = errorTextOf(() => setsOf(each))
    expect(errorText).toMatch(
      /^ARGUMENTS_INVALID: Cannot read the sets of parameters from --each: /,
    )
    expect(errorText).toContain(reason)
  })

  test('refuses both options', () => {
    const errorText = errorTextOf(() => readSets({ each: 'a: 1', eachFile: 'x' }, noFile))
    expect(errorText).toContain('keep one of them')
  })
})
