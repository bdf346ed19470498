import { describe, expect, test } from '@jest/globals'
import { fieldValue } from '../../src/page/field_value.ts'
import type { ParameterValue } from '../../src/parameters/parameter.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { parameterText, shownParameters } from '../../src/request/parameter_text.ts'

describe('parameterText()', () => {
  test.each<{ name: string; value: ParameterValue; text: string; json?: string }>([
    { name: 'an integer', value: 3n, text: '3', json: '3' },
    { name: 'a large integer', value: 10n ** 30n, text: `1${'0'.repeat(30)}` },
    { name: 'a float', value: 1, text: '1.0', json: '1.0' },
    { name: 'not a number', value: NaN, text: 'nan' },
    { name: 'true', value: true, text: 'True', json: 'true' },
    { name: 'null', value: null, text: 'None', json: 'null' },
    { name: 'a text', value: 'Oslo, NO', text: 'Oslo, NO', json: '"Oslo, NO"' },
    { name: 'a text like a number', value: '1', text: '"1"', json: '"1"' },
    { name: 'a text like a constant', value: 'True', text: '"True"', json: '"True"' },
    { name: 'a text like JSON', value: '[1', text: '"[1"', json: '"[1"' },
    { name: 'no text', value: '', text: '""', json: '""' },
    { name: 'a text with blanks around it', value: ' a ', text: '" a "', json: '" a "' },
    { name: 'a text in quotes', value: '"a"', text: '"\\"a\\""', json: '"\\"a\\""' },
    { name: 'a list', value: [1n, 1, 'x'], text: '[1, 1.0, "x"]', json: '[1, 1.0, "x"]' },
    { name: 'a map', value: new Map([['a', null]]), text: '{"a": null}', json: '{"a": null}' },
  ])('writes $name so that a field of the page reads the same value', ({ value, text, json }) => {
    expect(parameterText(value)).toBe(text)
    if (json === undefined) return
    expect(fieldValue(text, null)).toMatchObject({ type: 'json', json })
  })
})

describe('shownParameters()', () => {
  test('masks secrets, in numbers and names too, and says that the value is not whole', () => {
    const redactor = createRedactor(['s3cr3t-t0ken', '12345678901'])
    const parameters = new Map<string, ParameterValue>([
      ['url', 'https://x/?k=s3cr3t-t0ken'],
      ['account', 12345678901n],
      ['s3cr3t-t0ken', 1n],
      ['days', 7n],
    ])
    const recorded = shownParameters(parameters, redactor)
    expect(JSON.stringify(recorded)).not.toMatch(/s3cr3t|12345678901/)
    expect(recorded.map(({ isComplete }) => isComplete)).toEqual([false, false, false, true])
  })

  test('keeps the beginning of long values, and the first hundred', () => {
    const many = Array.from(
      { length: 150 },
      (_, index) => [`p${index}`, 'x'.repeat(5_000)] as const,
    )
    const recorded = shownParameters(new Map(many), createRedactor([]))
    expect(recorded).toHaveLength(100)
    expect(recorded[0]?.isComplete).toBe(false)
    expect(JSON.stringify(recorded).length).toBeLessThan(150_000)
  })
})
