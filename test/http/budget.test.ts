import { describe, expect, test } from '@jest/globals'
import { Budget, readMaxRuns, RunSlots, SmallResponses } from '../../src/http/budget.ts'
import { errorTextOf } from '../request/error_text_of.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'

describe('Budget', () => {
  test('has room until it is held, and takes it back once', () => {
    const budget = new Budget(10)
    const held = budget.hold(7)
    expect([budget.hasRoom(3), budget.hasRoom(4)]).toEqual([true, false])
    held[Symbol.dispose]()
    held[Symbol.dispose]()
    expect([budget.hasRoom(10), budget.hold(10) && budget.hasRoom(1)]).toEqual([true, false])
  })

  test('lets those who wait in, in their order, also past what it has in all', async () => {
    const budget = new Budget(10)
    const first = budget.hold(5)
    const admitted: string[] = []
    const wait = async (name: string, amount: number) => {
      using _ = await budget.wait(amount, neverAborts)
      admitted.push(name)
    }
    const waiting = [wait('large', 1_000), wait('small', 1), wait('last', 10)]
    await Promise.resolve()
    expect([admitted, budget.hasRoom(1)]).toEqual([[], false]) // nobody overtakes
    first[Symbol.dispose]()
    await Promise.all(waiting)
    expect(admitted).toEqual(['large', 'small', 'last'])
    expect(budget.hasRoom(10)).toBe(true)
  })

  test('does not hold up those who wait behind one that gave up', async () => {
    const budget = new Budget(10)
    using _ = budget.hold(5)
    const stop = new AbortController()
    const large = rejectionOf(budget.wait(10, stop.signal))
    const small = budget.wait(5, neverAborts)
    stop.abort(new Error('given up'))
    expect(await large).toMatchObject({ message: 'given up' })
    ;(await small)[Symbol.dispose]()
    expect(budget.hasRoom(5)).toBe(true)
  })

  test('holds nothing for one who gives up in the moment when it is let in', async () => {
    const budget = new Budget(10)
    const held = budget.hold(10)
    const stop = new AbortController()
    const waiting = rejectionOf(budget.wait(10, stop.signal))
    stop.abort(new Error('given up'))
    held[Symbol.dispose]()
    await waiting
    expect(budget.hasRoom(10)).toBe(true)
  })
})

describe('SmallResponses', () => {
  test('cuts off those that have waited longest when there are too many', () => {
    const answers = new SmallResponses(100_000)
    const cut: number[] = []
    const held = Array.from({ length: 10 }, (_, place) =>
      answers.hold(1_000, () => void cut.push(place)),
    )
    expect(cut).toEqual([])
    held[1]?.[Symbol.dispose]()
    for (let place = 10; place < 13; place += 1) answers.hold(1_000, () => void cut.push(place))
    expect(cut).toEqual([0, 2])
  })

  test('frees what an answer held once, cut off or not', () => {
    const answers = new SmallResponses(20_000)
    const cut: number[] = []
    const first = answers.hold(5_000, () => void cut.push(1))
    const second = answers.hold(5_000, () => void cut.push(2))
    for (const held of [first, first, second]) held[Symbol.dispose]()
    answers.hold(5_000, () => void cut.push(3))
    expect(cut).toEqual([1])
  })

  test('leaves an answer alone that is larger than all of it', () => {
    const cut: number[] = []
    new SmallResponses(1_000).hold(5_000, () => void cut.push(1))
    expect(cut).toEqual([])
  })
})

describe('RunSlots', () => {
  test('has as many slots as it was told, and takes them back', () => {
    const slots = new RunSlots(2)
    const first = slots.take()
    slots.take()
    expect(errorTextOf(() => slots.take())).toMatch(/^BUSY: .* 2 runs go on already/)
    first[Symbol.dispose]()
    slots.take()
    expect(errorTextOf(() => slots.take())).toMatch(/^BUSY: /)
  })
})

describe('readMaxRuns()', () => {
  test('reads a number, else it is 10', () => {
    expect(readMaxRuns({ NBTRIGGER_MAX_RUNS: '3' })).toBe(3)
    expect(readMaxRuns({})).toBe(10)
  })

  test.each(['0', '-1', '1.5', 'many', '10000'])('refuses %s', (text) => {
    expect(errorTextOf(() => readMaxRuns({ NBTRIGGER_MAX_RUNS: text }))).toContain(
      'NBTRIGGER_MAX_RUNS',
    )
  })
})
