import { expect, test } from '@jest/globals'
import { MessageQueue } from '../../src/jupyter/message_queue.ts'

test('a MessageQueue gives what was added in order, and then nothing', () => {
  const queue = new MessageQueue<number>()
  const taken: number[] = []
  for (let next = 0; next < 30_000; next += 3) {
    for (const message of [next, next + 1, next + 2]) queue.add(message)
    taken.push(...[queue.take(), queue.take()].filter((message) => message !== undefined))
  }
  for (let last = queue.take(); last !== undefined; last = queue.take()) taken.push(last)
  expect(taken).toEqual(Array.from({ length: 30_000 }, (_, place) => place))
  queue.add(7)
  expect([queue.take(), queue.take()]).toEqual([7, undefined])
})
