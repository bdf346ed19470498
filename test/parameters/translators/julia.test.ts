import { julia } from '../../../src/parameters/translators/julia.ts'
import { map, testTranslator } from './translator_cases.ts'

testTranslator(julia, {
  heading: '# Parameters',
  values: [
    ['foo', '"foo"'],
    ['{"foo": "bar"}', '"{\\"foo\\": \\"bar\\"}"'],
    [map({ foo: 'bar' }), 'Dict("foo" => "bar")'],
    [map({ foo: ['bar'] }), 'Dict("foo" => ["bar"])'],
    [map({ foo: map({ bar: 'baz' }) }), 'Dict("foo" => Dict("bar" => "baz"))'],
    [['foo', '"bar"'], '["foo", "\\"bar\\""]'],
    [[map({ foo: 'bar' })], '[Dict("foo" => "bar")]'],
    [[1n, 2n], '[1, 2]'],
    [[1n, 2.5], 'Any[1, 2.5]'],
    [[[1n], [2.5]], 'Any[[1], [2.5]]'],
    [[map({ a: 1n }), map({ a: 2.5 })], 'Any[Dict("a" => 1), Dict("a" => 2.5)]'],
    [-54321n, '-54321'],
    [123456789012345678901234567890n, '123456789012345678901234567890'],
    [-5432.1, '-5432.1'],
    [NaN, 'NaN'],
    [Infinity, 'Inf'],
    [-Infinity, '-Inf'],
    [true, 'true'],
    [false, 'false'],
    [null, 'nothing'],
    ['$HOME $(run)', '"\\$HOME \\$(run)"'],
    ['é\u0001', '"é\\u0001"'],
  ],
  statements: [['bar', 'foo = "bar"']],
  names: ['foo', '_foo', 'foo!', 'α'],
  noNames: ['_', 'end', 'a.b', 'true'],
})
