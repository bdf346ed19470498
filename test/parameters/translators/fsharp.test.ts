import { fsharp } from '../../../src/parameters/translators/fsharp.ts'
import { map, testTranslator } from './translator_cases.ts'

testTranslator(fsharp, {
  heading: '(* Parameters *)',
  values: [
    ['foo', '"foo"'],
    ['{"foo": "bar"}', '"{\\"foo\\": \\"bar\\"}"'],
    [map({ foo: 'bar' }), '[ ("foo", "bar" :> IComparable) ] |> Map.ofList'],
    [map({ foo: null }), '[ ("foo", (null : IComparable)) ] |> Map.ofList'],
    [['foo', '"bar"'], '[ "foo"; "\\"bar\\"" ]'],
    [[map({ a: 'b' })], '[ [ ("a", "b" :> IComparable) ] |> Map.ofList ]'],
    [[1n, 2n], '[ 1; 2 ]'],
    [[1n, 'a', null], '[ box (1); box ("a"); null ]'],
    [[1n, 2147483648n], '[ box (1); box (2147483648L) ]'],
    [[[1n], [2147483648n]], '[ box ([ 1 ]); box ([ 2147483648L ]) ]'],
    [[[1n, 2n], [3n]], '[ [ 1; 2 ]; [ 3 ] ]'],
    [map({}), 'Map.empty<string, IComparable>'],
    [2147483648n, '2147483648L'],
    [-2147483649n, '-2147483649L'],
    [9223372036854775808n, '9223372036854775808I'],
    [1.2345, '1.2345'],
    [NaN, 'nan'],
    [Infinity, 'infinity'],
    [-Infinity, '-infinity'],
    [true, 'true'],
    [false, 'false'],
    [null, 'None'],
    ['é\n', '"é\\n"'],
  ],
  statements: [
    ['bar', 'let foo = "bar"'],
    [['bar', 'baz'], 'let foo = [ "bar"; "baz" ]'],
  ],
  names: ['foo', '_foo', "foo'"],
  noNames: ['_', 'mod', 'sealed', 'let', 'type', 'a.b'],
})
