import { describe, expect, test } from '@jest/globals'
import { readJsonObject } from '../../src/request/json_text.ts'

describe('readJsonObject()', () => {
  test('keeps integers, floats and integers of any size apart', () => {
    const text = '{"a": 1, "b": 1.0, "c": 1e2, "d": 123456789012345678901234567890, "e": -0}'
    expect([...readJsonObject(text)]).toEqual([
      ['a', 1n],
      ['b', 1],
      ['c', 100],
      ['d', 123456789012345678901234567890n],
      ['e', 0n],
    ])
  })

  test('reads all JSON, also names that every object has', () => {
    const text = '{"__proto__": {"x": [null, true]}, "constructor": "", "naïve 🦜": "é\\u0000"}'
    expect([...readJsonObject(text)]).toEqual([
      ['__proto__', new Map([['x', [null, true]]])],
      ['constructor', ''],
      ['naïve 🦜', 'é\u0000'],
    ])
  })

  test.each([
    ['a list', '[1]', 'it is no object'],
    ['a number', '5', 'it is no object'],
    ['a name that is given twice', '{"a": 1, "a": 2}', "Duplicate key 'a'"],
    ['a number that no float can be', '{"a": 1e999}', 'too large for a float'],
    ['an integer that no kernel takes', `{"a": ${'9'.repeat(4301)}}`, '4301 digits'],
    ['more levels than anybody needs', `{"a":${'['.repeat(101)}${']'.repeat(101)}}`, '100 levels'],
    ['levels without end', '['.repeat(500_000), '100 levels'],
    ['half a character', '{"a": "\\ud800"}', 'half of a surrogate pair'],
    ['half a character in a name', '{"\\ud800": 1}', 'half of a surrogate pair'],
    ['what is not JSON', '{a: 1}', 'key expected'],
    ['nothing', '', 'JSON'],
  ])('refuses %s', (_, text, reason) => {
    expect(() => readJsonObject(text)).toThrow(reason)
  })
})
