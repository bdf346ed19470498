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
    { name: 'a list', text: '[1]', reason: 'it is no object' },
    { name: 'a number', text: '5', reason: 'it is no object' },
    { name: 'a name that is given twice', text: '{"a": 1, "a": 2}', reason: "Duplicate key 'a'" },
    {
      name: 'a number that no float can be',
      text: '{"a": 1e999}',
      reason: 'too large for a float',
    },
    {
      name: 'an integer that no kernel takes',
      text: `{"a": ${'9'.repeat(4301)}}`,
      reason: '4301 digits',
    },
    {
      name: 'more levels than anybody needs',
      text: `{"a":${'['.repeat(101)}${']'.repeat(101)}}`,
      reason: '100 levels',
    },
    { name: 'levels without end', text: '['.repeat(500_000), reason: '100 levels' },
    { name: 'half a character', text: '{"a": "\\ud800"}', reason: 'half of a surrogate pair' },
    {
      name: 'half a character in a name',
      text: '{"\\ud800": 1}',
      reason: 'half of a surrogate pair',
    },
    { name: 'what is not JSON', text: '{a: 1}', reason: 'key expected' },
    { name: 'nothing', text: '', reason: 'JSON' },
  ])('refuses $name', ({ text, reason }) => {
    expect(() => readJsonObject(text)).toThrow(reason)
  })
})
