import { expect, test } from '@jest/globals'
import { BackOff } from '../../src/warm/back_off.ts'

test('BackOff tries a setup that failed again after 15 s, 30 s ... and another setup at once', () => {
  let now = 0
  const backOff = new BackOff(40_000, () => now)
  expect(backOff.failed('a', new Error('no module'))).toBe(true)
  expect(backOff.problem).toBe('no module')
  const waits: number[] = []
  for (let failures = 0; failures < 4; failures += 1) {
    const failedAt = now
    while (!backOff.mayTry('a')) now += 1_000
    waits.push(now - failedAt)
    expect(backOff.failed('a', new Error('no module'))).toBe(false)
  }
  expect(waits).toEqual([15_000, 30_000, 40_000, 40_000])
  expect(backOff.mayTry('b')).toBe(true)
  backOff.succeeded()
  expect(backOff.problem).toBeNull()
  expect(backOff.mayTry('a')).toBe(true)
  expect(backOff.failed('a', new Error('again'))).toBe(true)
})
