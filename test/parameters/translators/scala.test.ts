import { scala } from '../../../src/parameters/translators/scala.ts'
import { map, testTranslator } from './translator_cases.ts'

testTranslator(scala, {
  heading: '// Parameters',
  values: [
    ['foo', '"foo"'],
    ['{"foo": "bar"}', '"{\\"foo\\": \\"bar\\"}"'],
    [map({ foo: 'bar' }), 'Map("foo" -> "bar")'],
    [map({ foo: ['bar'] }), 'Map("foo" -> Seq("bar"))'],
    [['foo', '"bar"'], 'Seq("foo", "\\"bar\\"")'],
    [[map({ foo: 'bar' })], 'Seq(Map("foo" -> "bar"))'],
    [[1n, 2.5], 'Seq[Any](1, 2.5)'],
    [2147483647n, '2147483647'],
    [2147483648n, '2147483648L'],
    [-2147483649n, '-2147483649L'],
    [9223372036854775808n, 'BigInt("9223372036854775808")'],
    [1.2345, '1.2345'],
    [NaN, 'Double.NaN'],
    [Infinity, 'Double.PositiveInfinity'],
    [-Infinity, 'Double.NegativeInfinity'],
    [true, 'true'],
    [false, 'false'],
    [null, 'None'],
    ['é😀\u200b\u{e0001}', '"é😀\\u200b\\udb40\\udc01"'],
  ],
  statements: [
    ['', 'val foo = ""'],
    [map({ foo: 'bar' }), 'val foo = Map("foo" -> "bar")'],
  ],
  names: ['foo', '_foo', 'foo$'],
  noNames: ['_', 'val', 'type', 'a.b'],
})
