import { describe, expect, test } from '@jest/globals'
import { bash } from '../../../src/parameters/translators/bash.ts'
import { map, testTranslator, unwritable } from './translator_cases.ts'

testTranslator(bash, {
  heading: '# Parameters',
  values: [
    ['foo', 'foo'],
    ['', "''"],
    ['foo space', "'foo space'"],
    ["foo's apostrophe", "'foo'\"'\"'s apostrophe'"],
    ['shell ( is ) <dumb>', "'shell ( is ) <dumb>'"],
    ['$dumb(shell)', "'$dumb(shell)'"],
    ['~/é', "'~/é'"],
    ["a\nb's \\\u0003", "$'a\\x0ab\\'s \\\\\\x03'"],
    [12345n, '12345'],
    [-54321n, '-54321'],
    [1.2345, '1.2345'],
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [true, 'true'],
    [false, 'false'],
    [null, ''],
    [['a', 'b c', null, ''], "(a 'b c' '' '')"],
    [map({ a: 'b', 'c d': 1n }), "([a]=b ['c d']=1)"],
  ],
  statements: [
    ['bar', 'declare +ilu foo; foo=bar'],
    [null, 'declare +ilu foo; foo='],
    [1n, 'foo=1'],
    [['bar', 'baz'], 'unset -v foo; foo=(bar baz)'],
    [map({ a: 'b' }), 'unset -v foo; declare -A foo=([a]=b)'],
  ],
  names: ['foo', '_foo', 'Foo1'],
  noNames: ['größe', 'a.b', 'UID', 'BASHOPTS', 'RANDOM', 'PROMPT_COMMAND', 'PS4'],
})

describe('the translator for bash, beyond what bash has', () => {
  test.each([
    [[['a']], /^no list or map inside another one; pass it as JSON with --raw$/],
    [map({ a: map({}) }), /^no list or map inside another one/],
    [map({ '': 1n }), /^no empty key/],
    ['a\0', /U\+0000/],
    ['a\ud800', /half of a surrogate pair/],
  ])('write() refuses %p', (value, reason) => {
    expect(unwritable(bash, value)).toMatch(reason)
  })
})
