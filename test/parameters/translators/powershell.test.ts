import { describe, expect, test } from '@jest/globals'
import { powershell } from '../../../src/parameters/translators/powershell.ts'
import { map, testTranslator, unwritable } from './translator_cases.ts'

testTranslator(powershell, {
  heading: '# Parameters',
  values: [
    ['foo', '"foo"'],
    ['{"foo": "bar"}', '"{`"foo`": `"bar`"}"'],
    [map({ foo: '"bar"' }), '@{"foo" = "`"bar`""}'],
    [map({ foo: ['bar'] }), '@{"foo" = @("bar")}'],
    [map({ a: 1n, b: 2n }), '@{"a" = 1\n "b" = 2}'],
    [['foo', '"bar"'], '@("foo", "`"bar`"")'],
    [[map({ foo: 'bar' })], '@(@{"foo" = "bar"})'],
    [[['foo']], '@(,@("foo"))'],
    [[['a'], ['b']], '@(@("a"), @("b"))'],
    [12345n, '12345'],
    [9223372036854775808n, '[bigint]::Parse("9223372036854775808")'],
    [-5432.1, '-5432.1'],
    [NaN, '[double]::NaN'],
    [-Infinity, '[double]::NegativeInfinity'],
    [Infinity, '[double]::PositiveInfinity'],
    [true, '$True'],
    [false, '$False'],
    [null, '$Null'],
    ['$x $(Get-Date) `n', '"`$x `$(Get-Date) ``n"'],
    ['C:\\new\n\r\t', '"C:\\new`n`r`t"'],
    ['“curly” „low', '"`“curly`” `„low"'],
    ['é\0\u200b', '"é`u{0}`u{200b}"'],
  ],
  statements: [
    ['bar', '$foo = "bar"'],
    [['bar', 'baz'], '$foo = @("bar", "baz")'],
  ],
  names: ['foo', '_foo', 'größe'],
  noNames: ['true', 'TRUE', 'Null', 'Host', 'PSCulture', 'env:PATH', 'a.b'],
})

describe('the translator for PowerShell, beyond what PowerShell has', () => {
  test('write() refuses a map with keys that are equal in PowerShell', () => {
    expect(unwritable(powershell, map({ a: 1n, A: 2n }))).toMatch(/^no map with keys that differ/)
  })
})
