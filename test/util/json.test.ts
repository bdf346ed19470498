import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { jsonText, parseJson } from '../../src/util/json.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const big = '12345678901234567890123'

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

describe('parseJson()', () => {
  test.each([
    [`[${big}]`, [BigInt(big)]],
    [`{"a": -${big}, "b": [1, ${big}]}`, { a: -BigInt(big), b: [1, BigInt(big)] }],
    [` ${big} `, BigInt(big)],
    ['[9007199254740991]', [9007199254740991]],
    ['[9007199254740992]', [9007199254740992n]],
    ['[1234567890123456]', [1234567890123456]],
    [
      `[0.${big}, ${big}.5, 1e3, ${big}]`,
      [Number(`0.${big}`), Number(`${big}.5`), 1000, BigInt(big)],
    ],
    ['[1e400, -1.5E+999, 1e308]', ['1e400', '-1.5E+999', 1e308]],
    ['[NaN, -Infinity, {"NaN": Infinity}]', [null, null, { NaN: null }]],
    [`[${'9'.repeat(4301)}]`, ['9'.repeat(4301)]],
  ])('reads %s with all digits', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  test.each([
    [`[": ${big}"]`, [`: ${big}`]],
    [`{"x\\": ${big}": ${big}}`, { [`x": ${big}`]: BigInt(big) }],
    [
      `["\\\\", ${big}, "[NaN, 1e999", ": 1e999", NaN]`,
      ['\\', BigInt(big), '[NaN, 1e999', ': 1e999', null],
    ],
  ])('does not change strings: %s', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  test.each([
    { name: 'in front of a long text', json: (text: string) => `[${big}, "${text}"]` },
    { name: 'behind a long text', json: (text: string) => `["${text}", ${big}]` },
    { name: 'between long texts', json: (text: string) => `{"${text}": ${big}, "b": "${text}"}` },
  ])('keeps all digits $name', ({ json }) => {
    for (const text of ['x'.repeat(100_000), '\\"'.repeat(50_000), '\\\\'.repeat(50_000)]) {
      expect(JSON.stringify(parseJson(json(text)), bigintsAsText)).toContain(`"${big}"`)
    }
  })

  test('does not change long strings that contain numbers', () => {
    const text = `: ${big}, [NaN`.repeat(10_000)
    expect(parseJson(`["${text}", 1]`)).toEqual([text, 1])
    expect(() => parseJson(`["${text}`)).toThrow(SyntaxError)
  })

  test('keeps names that every object has', () => {
    const value = parseJson(`{"__proto__": ${big}}`)
    expect(Object.entries(Object(value))).toEqual([['__proto__', BigInt(big)]])
  })

  test.each(['', `[${big}`, `{"a": ${big}"}`, `["${big}, NaN \\`, `${big} 1`, `[NaN "\\"`])(
    'throws as JSON.parse does when the text is %j',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError)
    },
  )

  test('reads a text of a million escapes beside a strange number, and nesting of any depth', () => {
    const text = 'line\n'.repeat(1e6)
    expect(parseJson(`{"a": NaN, "b": ${JSON.stringify(text)}}`)).toEqual({ a: null, b: text })
    const deep = parseJson(`${'['.repeat(1e5)}${big}${']'.repeat(1e5)}`)
    expect(Array.isArray(deep)).toBe(true)
  })
})

/** JSON as a kernel in Python would write it: integers of any size, and any text. */
const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(null, true, '": 12345678901234567', '\\', '\\"[NaN', ', 1e400'),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value')),
  ),
}))

const wellFormed = (text: string) => text.replaceAll(/\p{Cs}/gu, '\ufffd')

/** Small integers as numbers, and what JSON has one of as one. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  if (Object.is(value, -0)) return 0
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return /e/.test(String(value)) ? value : BigInt(String(value))
  }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [wellFormed(name), plain(child)]),
  )
}

describe('jsonText()', () => {
  test.each([[undefined], [1]])('writes what parseJson() read, indented by %s', (indent) => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(parseJson(jsonText(value, indent))).toEqual(plain(value))
      }),
      fuzzOptions(100),
    )
  })

  test('writes a lone surrogate as U+FFFD, and keeps text that only looks like one', () => {
    const text = String.raw`{"a\\ud800":"\\ud800","\ufffd":"😀\ufffd\n"}`
    expect(jsonText({ 'a\\ud800': '\\ud800', '\udead': '😀\ud83d\n' })).toBe(text)
  })

  test('writes as JSON.stringify does, and bigints as integers', () => {
    const rest = { b: [1.5, 'é', null, []], c: {} }
    const text = JSON.stringify({ a: 1, ...rest }, null, 1)
    expect(jsonText({ a: 1, ...rest }, 1)).toBe(text)
    expect(jsonText({ a: BigInt(big), ...rest }, 1)).toBe(text.replace('1', big))
  })
})
