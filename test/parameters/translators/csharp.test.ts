import { csharp } from '../../../src/parameters/translators/csharp.ts'
import { map, testTranslator } from './translator_cases.ts'

testTranslator(csharp, {
  heading: '// Parameters',
  values: [
    ['foo', '"foo"'],
    ['{"foo": "bar"}', '"{\\"foo\\": \\"bar\\"}"'],
    [map({ foo: 'bar' }), 'new Dictionary<string,Object>{ { "foo" , "bar" } }'],
    [map({ foo: null }), 'new Dictionary<string,Object>{ { "foo" , null } }'],
    [['foo', '"bar"'], 'new [] { "foo", "\\"bar\\"" }'],
    [[map({ a: 'b' })], 'new [] { new Dictionary<string,Object>{ { "a" , "b" } } }'],
    [[1n, 2147483648n], 'new [] { 1, 2147483648L }'],
    [[[1n], [2n]], 'new [] { new [] { 1 }, new [] { 2 } }'],
    [[[1n], [2147483648n]], 'new object[] { new [] { 1 }, new [] { 2147483648L } }'],
    [[1n, 2.5], 'new object[] { 1, 2.5 }'],
    [[null, null], 'new object[] { null, null }'],
    [[], 'new object[] {  }'],
    [12345n, '12345'],
    [-2147483649n, '-2147483649L'],
    [9223372036854775808n, 'System.Numerics.BigInteger.Parse("9223372036854775808")'],
    [-5432.1, '-5432.1'],
    [NaN, 'double.NaN'],
    [Infinity, 'double.PositiveInfinity'],
    [-Infinity, 'double.NegativeInfinity'],
    [true, 'true'],
    [false, 'false'],
    ['éa\u0001a\u{e0001}', '"éa\\u0001a\\U000e0001"'],
  ],
  statements: [
    ['bar', 'var foo = "bar";'],
    [['bar', 'baz'], 'var foo = new [] { "bar", "baz" };'],
    [null, 'var foo = (object)null;'],
  ],
  names: ['foo', '_foo', 'größe'],
  noNames: ['class', 'await', '@class', 'a.b'],
})
