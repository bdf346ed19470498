import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { queryParameters } from '../../src/request/query_parameters.ts'
import { typedValue } from '../../src/request/typing.ts'
import { refusalOf } from './refusal_of.ts'

function read(query: string) {
  return [...queryParameters(new URLSearchParams(query))]
}

describe('queryParameters()', () => {
  test('types values as "--parameter" does', () => {
    expect(read('?a=1&b=1.0&c=True&d=None&e=true&f=007&g=&h&i=a+b%2Bc&j=%C3%A9')).toEqual([
      ['a', 1n],
      ['b', 1],
      ['c', true],
      ['d', null],
      ['e', 'true'],
      ['f', 7n],
      ['g', ''],
      ['h', ''],
      ['i', 'a b+c'],
      ['j', 'é'],
    ])
  })

  test('leaves out "result", and finds nothing in an empty query', () => {
    expect(read('?result&a=1')).toEqual([['a', 1n]])
    expect(read('?')).toEqual([])
    expect(read('')).toEqual([])
  })

  test.each([
    ['"a": it is given twice', '?a=1&a=2'],
    ['"a": an integer has 4301 digits', `?a=${'1'.repeat(4301)}`],
  ])('refuses a query: %s', (reason, query) => {
    expect(refusalOf(() => read(query))).toContain(reason)
  })

  test('reads whatever names and values a program encodes', () => {
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== 'result')
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double().map(String),
      fc.bigInt().map(String),
    )
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (given) => {
        const expected = Object.entries(given).map(([key, text]) => [key, typedValue(text)])
        expect(read(new URLSearchParams(given).toString())).toEqual(expected)
        const percent = Object.entries(given).map((pair) => pair.map(encodeURIComponent).join('='))
        expect(read(`?result=1&${percent.join('&')}`)).toEqual(expected)
      }),
    )
  })
})
