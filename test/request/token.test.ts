import { describe, expect, test } from '@jest/globals'
import { readToken } from '../../src/request/token.ts'
import { refusalOf } from './refusal_of.ts'

describe('readToken()', () => {
  test.each([
    ['abc', 'abc'],
    [' abc\r\n', 'abc'],
    ['a b"c', 'a b"c'],
    ['tökén', 'tökén'],
  ])('reads %j as %j', (JUPYTER_TOKEN, token) => {
    expect(readToken({ JUPYTER_TOKEN })).toBe(token)
  })

  test.each([{}, { JUPYTER_TOKEN: undefined }, { JUPYTER_TOKEN: '' }, { JUPYTER_TOKEN: ' \n' }])(
    'refuses %j',
    (env) => {
      expect(refusalOf(() => readToken(env))).toMatch(
        /^TOKEN_MISSING: .+JUPYTER_TOKEN is not set or empty/,
      )
    },
  )

  test.each(['se\r\ncret', 'se\0cret', 'se\tcret', 'se\u0085cret', 'se€cret', 'se🙂cret'])(
    'refuses %j without showing it',
    (JUPYTER_TOKEN) => {
      const refusal = refusalOf(() => readToken({ JUPYTER_TOKEN }))
      expect(refusal).toMatch(/^TOKEN_MISSING: .+ a character that no header can carry/)
      expect(refusal).not.toMatch(/se.*cret/s)
    },
  )
})
