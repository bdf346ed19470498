import { describe, expect, test } from '@jest/globals'
import { r } from '../../../src/parameters/translators/r.ts'
import { map, testTranslator, unwritable } from './translator_cases.ts'

testTranslator(r, {
  heading: '# Parameters',
  values: [
    ['foo', '"foo"'],
    ['{"foo": "bar"}', '"{\\"foo\\": \\"bar\\"}"'],
    [map({ foo: 'bar' }), 'list("foo" = "bar")'],
    [map({ foo: ['bar'] }), 'list("foo" = list("bar"))'],
    [map({ foo: map({ bar: '"baz"' }) }), 'list("foo" = list("bar" = "\\"baz\\""))'],
    [['foo', '"bar"'], 'list("foo", "\\"bar\\"")'],
    [[map({ foo: 'bar' })], 'list(list("foo" = "bar"))'],
    [12345n, '12345'],
    [-54321n, '-54321'],
    [9007199254740992n, '9007199254740992'],
    [1.2345, '1.2345'],
    [-0.5, '-0.5'],
    [Math.PI * 39.4, '1088769404023127 * 2^-43'],
    [1e-7, '944473296573929 * 2^-73'],
    [5e-324, '1 * 2^-1074'],
    [-1.7976931348623157e308, '-9007199254740991 * 2^971'],
    [NaN, 'NaN'],
    [Infinity, 'Inf'],
    [-Infinity, '-Inf'],
    [true, 'TRUE'],
    [false, 'FALSE'],
    [null, 'NULL'],
    ['é中😀', '"\\u00e9\\u4e2d\\U0001f600"'],
    ['a\\b\n\u0001', '"a\\\\b\\n\\u0001"'],
  ],
  statements: [
    ['bar', 'foo = "bar"'],
    [['bar', 'baz'], 'foo = list("bar", "baz")'],
  ],
  names: ['foo', 'foo.bar', '.foo', '___foo', 'größe'],
  noNames: ['_', '.1a', 'TRUE', 'NULL', '_if', 'a$'],
})

describe('the translator for R, beyond what R has', () => {
  test('assign() drops the underscores that a name begins with', () => {
    expect(r.assign('___foo', 5n)).toBe('foo = 5')
  })

  test.each([
    [9007199254740993n, /^no integer as large as 9007199254740993; pass it as text with --raw$/],
    ['a\0b', /^no text that contains U\+0000$/],
    [map({ '': 1n }), /^no empty name in a list$/],
  ])('write() refuses %p', (value, reason) => {
    expect(unwritable(r, value)).toMatch(reason)
  })
})
