import { describe, expect, test } from '@jest/globals'
import { readMaxRuns, RunSlots } from '../../src/http/run_slots.ts'
import { refusalOf } from '../request/refusal_of.ts'

describe('RunSlots', () => {
  test('has as many slots as it was told, and takes them back', () => {
    const slots = new RunSlots(2)
    const first = slots.take()
    slots.take()
    expect(refusalOf(() => slots.take())).toMatch(/^BUSY: .* 2 runs go on already/)
    first[Symbol.dispose]()
    slots.take()
    expect(refusalOf(() => slots.take())).toMatch(/^BUSY: /)
  })
})

describe('readMaxRuns()', () => {
  test('reads a number, else it is 10', () => {
    expect(readMaxRuns({ NBTRIGGER_MAX_RUNS: '3' })).toBe(3)
    expect(readMaxRuns({})).toBe(10)
  })

  test.each(['0', '-1', '1.5', 'many', '10000'])('refuses %s', (text) => {
    expect(refusalOf(() => readMaxRuns({ NBTRIGGER_MAX_RUNS: text }))).toContain(
      'NBTRIGGER_MAX_RUNS',
    )
  })
})
