import { describe, expect, test } from '@jest/globals'
import { stepOf, timestamp, withoutSteps } from '../../src/execution/timing.ts'
import { messageOf, print } from '../support/messages.ts'

describe('stepOf()', () => {
  test.each([
    ['status', { execution_state: 'busy' }, 'iopub.status.busy'],
    ['status', { execution_state: 'idle' }, 'iopub.status.idle'],
    ['status', { execution_state: 'starting' }, null],
    ['execute_input', {}, 'iopub.execute_input'],
    ['execute_reply', {}, 'shell.execute_reply'],
    ['display_data', {}, null],
  ])('stepOf() names the step of %s %j', (type, content, step) => {
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

  test.each([null, '', 'yesterday', 'xT06:00:00Z'])('timestamp() takes now for %j', (date) => {
    const before = new Date().toISOString()
    expect(timestamp(date)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    expect(timestamp(date) >= before.replace('Z', '000Z')).toBe(true)
    expect(timestamp(print('').date)).toMatch(/Z$/)
  })
})

describe('withoutSteps()', () => {
  test('withoutSteps() keeps what is not of an earlier run, as text', () => {
    const execution = { 'iopub.status.busy': 'x', 'shell.execute_reply.started': 'x', timeout: 30 }
    expect(withoutSteps({ ...execution, note: 'kept' })).toEqual({ timeout: '30', note: 'kept' })
  })
})
