import { describe, expect, test } from '@jest/globals'
import { checkAge } from '../../src/request/message_age.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const hour = 3600

describe('checkAge()', () => {
  test.each([
    ['just now', '2026-03-01T12:00:00Z', {}],
    ['in the future, as clocks differ', '2026-03-01T12:00:05Z', {}],
    ['an hour ago', '2026-03-01T11:00:00Z', {}],
    ['two hours ago where three are good', '2026-03-01T10:00:00Z', maxAge(3 * hour)],
    ['at no known time', null, {}],
    ['at an unreadable time', 'yesterday', {}],
  ])('takes a message published %s', (_, publishedAt, env) => {
    expect(() => checkAge(publishedAt, env, now)).not.toThrow()
  })

  test.each([
    ['over an hour ago', '2026-03-01T10:59:59Z', {}],
    ['a minute ago where half is good', '2026-03-01T11:59:00Z', maxAge(30)],
  ])('refuses a message published %s', (_, publishedAt, env) => {
    expect(() => checkAge(publishedAt, env, now)).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_OLD' }),
    )
  })

  test.each(['0', '-1', '1.5', 'soon', '1e9', '99999999999'])('refuses the limit %p', (text) => {
    expect(() => checkAge(null, { NBTRIGGER_MAX_AGE: text }, now)).toThrow(
      expect.objectContaining({ code: 'ARGUMENTS_INVALID' }),
    )
  })
})

function maxAge(seconds: number) {
  return { NBTRIGGER_MAX_AGE: String(seconds) }
}
