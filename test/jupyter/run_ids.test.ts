import { describe, expect, test } from '@jest/globals'
import { isRunSession, RunIds } from '../../src/jupyter/run_ids.ts'

const ids = new RunIds('019ac3f0-1234-7abc-8def-0123456789ab')

describe('RunIds', () => {
  test('are the same for the same run', () => {
    const { session, kernel } = new RunIds('019ac3f0-1234-7abc-8def-0123456789ab')
    expect({ session, kernel }).toEqual({ session: ids.session, kernel: ids.kernel })
    expect(ids.request(3, 1)).toBe('019ac3f0-1234-7abc-8def-0123456789ab/3/1')
  })

  test('differ from those of another run', () => {
    const kernels = Array.from({ length: 200 }, (_, run) => new RunIds(`run-${run}`).kernel)
    expect(new Set(kernels).size).toBe(200)
    expect(new RunIds().session).not.toBe(new RunIds().session)
  })

  test('name kernels by a UUID of version 4, which Enterprise Gateway requires', () => {
    const kernels = Array.from({ length: 200 }, (_, run) => new RunIds(`run-${run}`).kernel)
    const pattern = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
    expect(kernels.filter((id) => !pattern.test(id))).toEqual([])
  })

  test('have sessions that are recognised', () => {
    expect(isRunSession(ids.session)).toBe(true)
    expect(isRunSession('b1d9c3f0')).toBe(false)
  })
})
