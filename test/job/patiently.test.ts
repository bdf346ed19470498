import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { errorWithCode, noAnswer } from '../../src/google/api.ts'
import { mayPass, patiently } from '../../src/job/patiently.ts'
import { neverAborts } from '../support/observe.ts'

/** A call of Cloud Storage that fails the first time. */
function failingOnce(cause: Error) {
  let calls = 0
  return () => {
    calls += 1
    const error = new RunError('CLAIM_FAILED', 'Cannot share the sets', { cause })
    return calls === 1 ? Promise.reject(error) : Promise.resolve(calls)
  }
}

describe('patiently()', () => {
  test('repeats what may go well later', async () => {
    const call = failingOnce(errorWithCode('out of order', '503', null))
    expect(await patiently(call, neverAborts, mayPass)).toBe(2)
  })

  test('throws at once what will not', async () => {
    const call = failingOnce(errorWithCode('forbidden', '403', null))
    await expect(patiently(call, neverAborts, mayPass)).rejects.toThrow('Cannot share the sets')
    expect(await call()).toBe(2) // it was called once
  })

  test.each([
    {
      name: 'there was no answer',
      cause: noAnswer(),
      isPassing: true,
    },
    { name: 'something is damaged', cause: undefined, isPassing: false },
  ])('knows whether it may pass that $name', ({ cause, isPassing }) => {
    expect(mayPass(new RunError('CHECKPOINT_FAILED', 'Cannot read it', { cause }))).toBe(isPassing)
  })

  test('repeats the same for sets that have run', async () => {
    const call = failingOnce(errorWithCode('forbidden', '403', null))
    expect(await patiently(call, neverAborts)).toBe(2)
  })

  test('throws the reason of a signal at once', async () => {
    const stopped = new RunError('INSTANCE_STOPPED', 'Cannot go on')
    const call = () => Promise.reject(stopped)
    await expect(patiently(call, AbortSignal.abort(stopped), mayPass)).rejects.toBe(stopped)
  })
})
