import { describe, expect, test } from '@jest/globals'
import { fieldValue } from '../../src/page/field_value.ts'

describe('fieldValue()', () => {
  test.each([
    ['7', 'integer', '7'],
    ['12345678901234567890', 'integer', '12345678901234567890'],
    ['1_000', 'integer', '1000'],
    ['007', 'integer', '7'],
    ['1.0', 'float', '1.0'],
    ['1e16', 'float', '1e+16'],
    ['True', 'True', 'true'],
    ['None', 'None', 'null'],
    ['true', 'text', '"true"'],
    ['eu west', 'text', '"eu west"'],
    [' x ', 'text', '" x "'],
    ['[1, 1.0, "a"]', 'list', '[1, 1.0, "a"]'],
    ['{"a": 12345678901234567890}', 'map', '{"a": 12345678901234567890}'],
    ['"007"', 'text', '"007"'],
    ['""', 'text', '""'],
    ['"', 'text', '"\\""'],
  ])('reads %s as %s', (text, kind, json) => {
    expect(fieldValue(text, null)).toEqual({ type: 'json', kind, json })
  })

  test.each(['nan', '-inf', '1e999'])(
    'leaves %s, which JSON does not have, to the query',
    (text) => {
      expect(fieldValue(text, 'float')).toEqual({ type: 'query', kind: 'float', text })
    },
  )

  test.each([
    { text: 'three', type: 'int', message: 'This takes an integer (int)' },
    { text: '1.5', type: 'int', message: 'This takes an integer (int)' },
    { text: '[1]', type: 'float', message: 'This takes a number (float)' },
    { text: 'yes', type: 'bool', message: 'This takes True or False (bool)' },
  ])('refuses $text for a parameter of the type $type', ({ text, type, message }) => {
    expect(fieldValue(text, type)).toEqual({ type: 'problem', message })
  })

  test('returns text for a text parameter, whatever it looks like', () => {
    expect(fieldValue('7', 'str')).toEqual({ type: 'json', kind: 'text', json: '"7"' })
    expect(fieldValue('[1', 'str')).toEqual({ type: 'json', kind: 'text', json: '"[1"' })
  })

  test.each([
    ["['eu']", 'is no JSON'],
    ['[1, 2', 'is no JSON'],
    ['{a: 1}', 'is no JSON'],
    ['9'.repeat(5000), 'too many digits'],
  ])('refuses what cannot be read (%#)', (text, reason) => {
    expect(fieldValue(text, null)).toMatchObject({ message: expect.stringContaining(reason) })
  })
})
