import { describe, expect, test } from '@jest/globals'
import { plainText } from '../../src/util/plain_text.ts'
import { safeJson, safeText } from '../../src/util/safe_text.ts'
import { hostileTexts, unsafeIn } from '../support/hostile_texts.ts'

describe('safeText()', () => {
  test.each(Object.entries(hostileTexts))('removes everything unsafe from %s', (_, text) => {
    expect(unsafeIn(safeText(text))).toEqual([])
    expect(unsafeIn(plainText(text))).toEqual([])
  })

  test.each(['a\tb\nc', 'Zoë 数据 👩‍🔬', 'مرحبا\u200f, שלום', '🏴\u{e0067}\u{e007f}', 'x\u00ady'])(
    'keeps %j unchanged',
    (text) => expect(safeText(text)).toBe(text),
  )
})

describe('safeJson()', () => {
  const values = [...Object.values(hostileTexts), 'מרחבא\u200f', '😀\ud800', '\\u202e', '\u2028']

  test.each(values)('keeps the value %j, and contains nothing unsafe', (value) => {
    const json = safeJson(JSON.stringify({ [value]: value }))
    expect(unsafeIn(json)).toEqual([])
    expect(JSON.parse(json)).toEqual({ [value]: value })
  })
})
