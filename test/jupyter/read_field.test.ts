import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  countOrNull,
  displayIdOrNull,
  isDeeperThan,
  linesOf,
  listOf,
  recordOf,
  shownText,
  textOf,
  textOrNull,
} from '../../src/jupyter/read_field.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

describe('isDeeperThan()', () => {
  test.each([
    { name: 'text', value: 'a', expected: false },
    { name: 'null', value: null, expected: false },
    { name: 'as many levels', value: nested(9), expected: false },
    { name: 'one level more', value: { a: [1, { b: nested(7) }] }, expected: true },
    { name: 'any depth', value: nested(100_000), expected: true },
  ])('isDeeperThan() of 9 levels and $name', ({ value, expected }) => {
    expect(isDeeperThan(9, value)).toBe(expected)
  })
})

const readers = [
  countOrNull,
  displayIdOrNull,
  linesOf,
  listOf,
  recordOf,
  shownText,
  textOf,
  textOrNull,
]

describe('shownText() and linesOf()', () => {
  test.each<[unknown, string, readonly string[]]>([
    ['a\nb', 'a\nb', ['a\nb']],
    [['a\n', 'b'], 'a\nb', ['a\n', 'b']],
    [['a', 1, null], 'a1', ['a', '1', '']],
    [7, '7', ['7']],
    [12345678901234567890n, '12345678901234567890', ['12345678901234567890']],
    [false, 'false', ['false']],
    [{ a: 1 }, '{"a":1}', ['{"a":1}']],
    ['', '', []],
    [null, '', []],
    [undefined, '', []],
    [[], '', []],
  ])('read %p as the text %j and the lines %j', (value, text, lines) => {
    expect(shownText(value)).toBe(text)
    expect(linesOf(value)).toEqual(lines)
  })
})

describe('displayIdOrNull()', () => {
  test.each<[unknown, unknown]>([
    ['d', 'd'],
    [1, 1],
    [-1.5, -1.5],
    [12345678901234567890n, 12345678901234567890n],
    [true, true],
    ['', null],
    [0, null],
    [false, null],
    [null, null],
    [undefined, null],
    [['d'], null],
    [{}, null],
  ])('reads %p as %p', (value, id) => expect(displayIdOrNull(value)).toBe(id))
})

describe('countOrNull()', () => {
  test.each<[unknown, number | null]>([
    [0, 0],
    [3, 3],
    [-1, null],
    [1.5, null],
    ['3', null],
    [2n ** 70n, null],
    [null, null],
    [undefined, null],
  ])('reads %p as %p', (value, count) => expect(countOrNull(value)).toBe(count))
})

test('every reader returns a value or null for any value', () => {
  fc.assert(
    fc.property(fc.constantFrom(...readers), fc.jsonValue(), (read, value) => {
      expect(read(value)).toBeDefined()
    }),
    fuzzOptions(100),
  )
})
