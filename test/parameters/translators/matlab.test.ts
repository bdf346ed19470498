import { describe, expect, test } from '@jest/globals'
import { matlab } from '../../../src/parameters/translators/matlab.ts'
import { map, testTranslator, unwritable } from './translator_cases.ts'
import { maxLinearScaling, scalingOf } from '../../support/scaling.ts'

testTranslator(matlab, {
  heading: '% Parameters',
  values: [
    ['foo', '"foo"'],
    ['', '""'],
    ['{"foo": "bar"}', '"{""foo"": ""bar""}"'],
    [map({ '1': 'foo' }), 'containers.Map({\'1\'}, {"foo"})'],
    [map({ foo: '"bar"' }), 'containers.Map({\'foo\'}, {"""bar"""})'],
    [map({ foo: ['bar'] }), 'containers.Map({\'foo\'}, {{"bar"}})'],
    [map({ a: map({ b: 'c' }) }), "containers.Map({'a'}, {containers.Map({'b'}, {\"c\"})})"],
    [map({ "it's": 1n, 'a\nb': 2n }), "containers.Map({'it''s', ['a' char(10) 'b']}, {1, 2})"],
    [map({ '\n': 1n }), 'containers.Map({char(10)}, {1})'],
    [map({}), 'containers.Map()'],
    [['foo', '"bar"'], '{"foo", """bar"""}'],
    [12345n, '12345'],
    [-5432.1, '-5432.1'],
    [NaN, 'NaN'],
    [Infinity, 'Inf'],
    [-Infinity, '-Inf'],
    [true, 'true'],
    [false, 'false'],
    [null, 'NaN'],
    ['C:\\new', '"C:\\new"'],
    ['é\n', '"é"+char(10)'],
    ['\r\nx', '""+char([13 10])+"x"'],
  ],
  statements: [
    ['bar', 'foo = "bar";'],
    [['bar', 'baz'], 'foo = {"bar", "baz"};'],
  ],
  names: ['foo', 'Foo_1', 'a'.repeat(63)],
  noNames: ['_foo', 'end', 'größe', 'a'.repeat(64)],
})

describe('the translator for MATLAB, beyond what MATLAB has', () => {
  test('write() refuses an integer that a double cannot hold', () => {
    expect(unwritable(matlab, 9007199254740993n)).toMatch(/^no integer as large as/)
  })

  test('write() takes linear time for a text of a million characters', () => {
    expect(written(1e6).length).toBe('""+char(10)'.length + 1e6)
    expect(scalingOf((size) => written(size * 10))).toBeLessThan(maxLinearScaling)
  })
})

function written(length: number): string {
  return matlab.write(`${'é'.repeat(length)}\n`)
}
