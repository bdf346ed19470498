import { describe, expect, test } from '@jest/globals'
import { SmallAnswers } from '../../src/http/small_answers.ts'

describe('SmallAnswers', () => {
  test('cuts off those that have waited longest when there are too many', () => {
    const answers = new SmallAnswers(100_000)
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
    const answers = new SmallAnswers(20_000)
    const cut: number[] = []
    const first = answers.hold(5_000, () => void cut.push(1))
    const second = answers.hold(5_000, () => void cut.push(2))
    for (const held of [first, first, second]) held[Symbol.dispose]()
    answers.hold(5_000, () => void cut.push(3))
    expect(cut).toEqual([1])
  })

  test('leaves an answer alone that is larger than all of it', () => {
    const cut: number[] = []
    new SmallAnswers(1_000).hold(5_000, () => void cut.push(1))
    expect(cut).toEqual([])
  })
})
