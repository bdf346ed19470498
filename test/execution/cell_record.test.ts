import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RunOutputs } from '../../src/execution/run_outputs.ts'
import { messageOf } from '../support/messages.ts'

/** The count of a cell of which these messages came, in this order. */
function countAfter(messages: readonly (readonly [string, unknown])[]): number | null {
  const outputs = new RunOutputs(1)
  const cell = outputs.start({ index: 0, id: null, source: '' }, 'r-0')
  for (const [type, execution_count] of messages) outputs.add(messageOf(type, { execution_count }))
  return cell.executionCount
}

const all = [
  ['execute_input', 3],
  ['execute_reply', 2],
  ['execute_result', 1],
] as const

describe('the execution count of a cell', () => {
  test('is that of execute_input, in whatever order the messages come', () => {
    const order = fc.shuffledSubarray([...all], { minLength: 1 })
    fc.assert(
      fc.property(order, (messages) => {
        const expected = Math.max(...messages.map(([, count]) => count))
        expect(countAfter(messages)).toBe(expected)
      }),
    )
  })

  test.each<[string, readonly (readonly [string, unknown])[], number | null]>([
    ['of the reply where no input came', [all[1], all[2]], 2],
    ['of the reply where the input has none', [['execute_input', null], all[1]], 2],
    ['of the last input', [all[0], ['execute_input', 4]], 4],
    ['null where nobody says one', [['execute_reply', undefined]], null],
    ['null of what is no count', [['execute_input', 'three']], null],
  ])('is %s', (_, messages, count) => expect(countAfter(messages)).toBe(count))
})
