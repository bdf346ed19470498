import { describe, expect, test } from '@jest/globals'
import { Budget } from '../../src/http/budget.ts'
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

  test('lets nobody wait in vain behind one who gave up', async () => {
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
