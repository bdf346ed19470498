import { describe, expect, test } from '@jest/globals'
import { SocketAge } from '../../src/jupyter/socket_age.ts'

/** A socket of 100 s at most, with a clock of its own. */
function ageAt(startMs: number) {
  const clock = { ms: startMs }
  const age = new SocketAge(100_000, () => clock.ms)
  age.opened()
  return { clock, age }
}

describe('SocketAge', () => {
  test('is due from the lifetime on', () => {
    const { clock, age } = ageAt(5_000)
    clock.ms = 104_999
    expect(age.isDue()).toBe(false)
    expect(age.remainingMs()).toBe(1)
    clock.ms = 105_000
    expect(age.isDue()).toBe(true)
    expect(age.remainingMs()).toBe(0)
  })

  test('waits for two seconds of silence', () => {
    const { clock, age } = ageAt(0)
    clock.ms = 99_500
    age.received()
    expect(age.remainingMs()).toBe(2_000)
    clock.ms = 101_000
    expect(age.isDue()).toBe(true)
    expect(age.remainingMs()).toBe(500)
  })

  test('does not wait for silence beyond a tenth of the lifetime', () => {
    const { clock, age } = ageAt(0)
    for (clock.ms = 100_000; clock.ms < 110_000; clock.ms += 1_000) {
      age.received()
      expect(age.remainingMs()).toBe(Math.min(2_000, 110_000 - clock.ms))
    }
    age.received()
    expect(age.remainingMs()).toBe(0)
  })

  test('waits for a while after a failed attempt', () => {
    const { clock, age } = ageAt(0)
    clock.ms = 110_000
    age.postpone()
    expect(age.isDue()).toBe(false)
    expect(age.remainingMs()).toBe(2_000)
    clock.ms = 112_000
    expect(age.isDue()).toBe(true)
    expect(age.remainingMs()).toBe(0)
  })

  test('begins anew with the next socket', () => {
    const { clock, age } = ageAt(0)
    clock.ms = 110_000
    age.postpone()
    age.opened()
    expect(age.isDue()).toBe(false)
    expect(age.remainingMs()).toBe(100_000)
  })

  test('is never due without a lifetime', () => {
    const age = new SocketAge(null)
    age.opened()
    expect(age.isDue()).toBe(false)
    expect(age.remainingMs()).toBe(Infinity)
  })
})
