import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { stepOf, timestamp, withoutSteps } from '../../src/execution/cell_record.ts'
import { RunOutputs } from '../../src/execution/outputs.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { messageOf, print } from '../support/messages.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

/** The count of a cell of which these messages came, in this order. */
function countAfter(messages: readonly (readonly [string, unknown])[]): number | null {
  const outputs = new RunOutputs(1, createRedactor([]))
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
  test('is that of execute_input, in any order of messages', () => {
    const order = fc.shuffledSubarray([...all], { minLength: 1 })
    fc.assert(
      fc.property(order, (messages) => {
        const expected = Math.max(...messages.map(([, count]) => count))
        expect(countAfter(messages)).toBe(expected)
      }),
      fuzzOptions(100),
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

describe('stepOf()', () => {
  test.each([
    ['status', { execution_state: 'busy' }, 'iopub.status.busy'],
    ['status', { execution_state: 'idle' }, 'iopub.status.idle'],
    ['status', { execution_state: 'starting' }, null],
    ['execute_input', {}, 'iopub.execute_input'],
    ['execute_reply', {}, 'shell.execute_reply'],
    ['display_data', {}, null],
  ])('stepOf() returns the step of %s %j', (type, content, step) => {
    expect(stepOf(messageOf(type, content))).toBe(step)
  })
})

describe('timestamp()', () => {
  test.each([
    ['2026-01-05T06:00:00.123456Z', '2026-01-05T06:00:00.123456Z'],
    ['2026-01-05T06:00:00.123Z', '2026-01-05T06:00:00.123000Z'],
    ['2026-01-05T06:00:00Z', '2026-01-05T06:00:00.000000Z'],
    ['2026-01-05T06:00:00.123456789+00:00', '2026-01-05T06:00:00.123456Z'],
    ['2026-01-05T06:00:00.5', '2026-01-05T06:00:00.500000Z'],
    ['2026-01-05T06:00:00.250+02:00', '2026-01-05T04:00:00.250000Z'],
  ])('timestamp() writes %s as %s', (date, written) => {
    expect(timestamp(date)).toBe(written)
  })

  test.each([null, '', 'yesterday', 'xT06:00:00Z'])(
    'timestamp() returns the current time for %j',
    (date) => {
      const before = new Date().toISOString()
      expect(timestamp(date)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
      expect(timestamp(date) >= before.replace('Z', '000Z')).toBe(true)
      expect(timestamp(print('').date)).toMatch(/Z$/)
    },
  )
})

describe('withoutSteps()', () => {
  test('withoutSteps() keeps other values as text', () => {
    const execution = { 'iopub.status.busy': 'x', 'shell.execute_reply.started': 'x', timeout: 30 }
    expect(withoutSteps({ ...execution, note: 'kept' })).toEqual({ timeout: '30', note: 'kept' })
  })
})
