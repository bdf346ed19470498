import { describe, expect, test } from '@jest/globals'
import { ReconnectBudget } from '../../src/jupyter/reconnect_budget.ts'

const second = 1000
const minute = 60 * second

/** A budget with a clock of its own. */
function budgetAt(startMs: number) {
  const clock = { ms: startMs }
  return { clock, budget: new ReconnectBudget(() => clock.ms) }
}

/** Has the connection break, come back and hold for `heldMs`, `times` times; what it came to. */
function breakOften(times: number, heldMs: number, isHeard: boolean): string | null {
  const { clock, budget } = budgetAt(0)
  budget.connected()
  for (let count = 0; count < times; count += 1) {
    clock.ms += heldMs
    budget.disconnected()
    const exhausted = budget.exhausted()
    if (exhausted !== null) return exhausted
    clock.ms += budget.nextDelay()
    budget.connected()
    if (isHeard) budget.received()
  }
  return null
}

describe('ReconnectBudget', () => {
  test('increases the delay from 0 to 5 s', () => {
    const { budget } = budgetAt(0)
    budget.disconnected()
    const delays = Array.from({ length: 8 }, () => budget.nextDelay())
    expect(delays[0]).toBe(0)
    const longest = [250, 500, 1000, 2000, 4000, 5000, 5000]
    for (const [place, most] of longest.entries()) {
      expect(delays[place + 1]).toBeGreaterThanOrEqual(most / 2)
      expect(delays[place + 1]).toBeLessThanOrEqual(most)
    }
  })

  test('is not reset by a handshake', () => {
    const { clock, budget } = budgetAt(5 * minute)
    for (; budget.exhausted() === null && clock.ms < 10 * minute; budget.connected()) {
      budget.disconnected()
      clock.ms += budget.nextDelay()
    }
    expect(budget.exhausted()).toBe('did not come back within 60 s')
    expect(clock.ms).toBeLessThan(5 * minute + 70 * second)
  })

  test('is reset by a message that can be read', () => {
    const { clock, budget } = budgetAt(0)
    budget.disconnected()
    for (let count = 0; count < 5; count += 1) budget.nextDelay()
    clock.ms += 59 * second
    budget.connected()
    budget.received()
    clock.ms += 5 * second
    budget.disconnected()
    expect(budget.exhausted()).toBeNull()
    expect(budget.nextDelay()).toBe(0)
  })

  test('is reset by a connection that stays open, even without messages', () => {
    expect(breakOften(1000, 5 * minute, false)).toBeNull()
    expect(breakOften(1000, 31 * second, false)).toBeNull()
  })

  test('is used up even if each connection brings a message', () => {
    expect(breakOften(20, 10, true)).toBeNull()
    expect(breakOften(1000, 10, true)).toBe('does not hold: it broke 31 times within 1 s')
    expect(breakOften(1000, 11 * second, true)).toMatch(/^does not hold: it broke \d+ times/)
  })

  test('does not count connections that are replaced', () => {
    const { clock, budget } = budgetAt(0)
    for (let count = 0; count < 200; count += 1) {
      budget.connected()
      clock.ms += 2 * second
      budget.replaced()
      expect(budget.nextDelay()).toBe(0)
      expect(budget.exhausted()).toBeNull()
    }
    clock.ms += minute + second
    expect(budget.exhausted()).toMatch(/^did not come back within 60 s/)
  })
})
