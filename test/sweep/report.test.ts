import { describe, expect, test } from '@jest/globals'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { entryOf, sweepStatus } from '../../src/sweep/report.ts'
import { sampleReport } from '../reporting/sample_events.ts'

/** Bytes that are in use when all garbage is gone. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

describe('entryOf()', () => {
  test('keeps nothing of long texts but their beginnings', () => {
    const before = usedBytes()
    const entries = Array.from({ length: 40 }, (_, index) => {
      const text = Buffer.alloc(1_000_000, `${index} abc `).toString()
      const result = { execution_count: 1, data: { 'text/plain': text }, metadata: {} }
      const error = { code: 'CELL_FAILED', message: text.slice(1), retryable: false } as const
      return entryOf(index, sampleReport({ result, error, parameters: { n: text.slice(0, 500) } }))
    })
    expect(usedBytes() - before).toBeLessThan(10_000_000)
    expect(entries[7]).toMatchObject({
      index: 7,
      result: expect.stringMatching(/^7 abc .{190,}…$/),
    })
    expect(entries[7]?.error?.message).toHaveLength(301)
  })
})

describe('sweepStatus()', () => {
  test.each([
    { name: 'no sets', sets: [], status: 0 },
    { name: 'sets that succeeded', sets: [{ outcome: 'succeeded' }], status: 0 },
    { name: 'a set that was not run', sets: [{ outcome: 'not_run' }], status: 1 },
    {
      name: 'the worst set',
      sets: [
        { outcome: 'failed', error: { code: 'CELL_FAILED', message: '' } },
        { outcome: 'error', error: { code: 'KERNEL_DIED', message: '' } },
      ],
      status: 3,
    },
  ] as const)('is $status for $name', ({ sets, status }) => {
    expect(sweepStatus(sets)).toBe(status)
  })
})
