import { describe, expect, test } from '@jest/globals'
import { asRunError, RunError } from '../src/errors.ts'

describe('RunError', () => {
  test('joins what happened and what to do about it to a message', () => {
    const error = new RunError('BUSY', 'Cannot run: 8 runs go on; all slow', { advice: 'wait' })
    expect(error).toMatchObject({
      message: 'Cannot run: 8 runs go on; all slow; wait',
      what: 'Cannot run: 8 runs go on; all slow',
      advice: 'wait',
    })
  })

  test.each([{ options: {} }, { options: { advice: null } }])(
    'has what happened alone as its message with $options',
    ({ options }) => {
      const error = new RunError('BUSY', 'Cannot run: 8 runs go on; all slow', options)
      expect(error).toMatchObject({ message: error.what, advice: null })
    },
  )
})

describe('asRunError()', () => {
  test('returns a RunError itself', () => {
    const error = new RunError('BUSY', 'Cannot run')
    expect(asRunError(error)).toBe(error)
  })

  test.each([
    { thrown: new Error('a; b'), what: 'Cannot go on: a; b' },
    { thrown: 'text', what: 'Cannot go on: text' },
    { thrown: null, what: 'Cannot go on: null' },
  ])('wraps $thrown in an error of code INTERNAL', ({ thrown, what }) => {
    expect(asRunError(thrown)).toMatchObject({
      code: 'INTERNAL',
      what,
      advice: null,
      cause: thrown,
    })
  })
})
