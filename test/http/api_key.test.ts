import { describe, expect, test } from '@jest/globals'
import { checkKey, readKey } from '../../src/http/api_key.ts'
import { refusalOf } from '../request/refusal_of.ts'

const key = 'k3y-of-16-chars!'

describe('readKey()', () => {
  test('reads the key, and that there is none', () => {
    expect(readKey({ NBTRIGGER_HTTP_KEY: ` ${key}\n` })).toBe(key)
    expect(readKey({})).toBeNull()
    expect(readKey({ NBTRIGGER_HTTP_KEY: ' ' })).toBeNull()
  })

  test('refuses a key that could be guessed, and does not show it', () => {
    const refusal = refusalOf(() => readKey({ NBTRIGGER_HTTP_KEY: 'fifteen-letters' }))
    expect(refusal).toContain('it has fewer than 16 characters')
    expect(refusal).not.toContain('fifteen')
  })

  test.each(['clé', 'ключ', 'two\nlines'])('refuses a key that has %j in it', (part) => {
    const refusal = refusalOf(() => readKey({ NBTRIGGER_HTTP_KEY: `${part} of 16 characters` }))
    expect(refusal).toMatch(/^ARGUMENTS_INVALID: .*a character that not every client can send/)
    expect(refusal).not.toContain(part)
  })
})

describe('checkKey()', () => {
  test.each([`Bearer ${key}`, `bearer  ${key}`])('lets in who says "%s"', (header) => {
    expect(() => checkKey(key, header)).not.toThrow()
  })

  test('lets in everybody where there is no key', () => {
    expect(() => checkKey(null, undefined)).not.toThrow()
    expect(() => checkKey(null, 'Bearer of-google')).not.toThrow()
  })

  test.each([
    undefined,
    '',
    key,
    `Basic ${key}`,
    'Bearer ',
    `Bearer ${key}x`,
    `Bearer ${key.slice(1)}`,
  ])('refuses who says %j', (header) => {
    expect(refusalOf(() => checkKey(key, header))).toMatch(/^KEY_REFUSED: (?!.*k3y)/)
  })
})
