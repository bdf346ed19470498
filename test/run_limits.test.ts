import { describe, expect, test } from '@jest/globals'
import { RunError } from '../src/errors.ts'
import { RunLimits } from '../src/run_limits.ts'
import { plainRequest, token } from './support/fake_request.ts'
import { never } from './support/observe.ts'
import { until } from './support/until.ts'

const server = new URL('http://127.0.0.1:1/')
const request = { ...plainRequest, server, token, runTimeoutMs: null, startTimeoutMs: 20 }

describe('RunLimits', () => {
  test('RunLimits ends the start alone when the kernel does not answer in time', async () => {
    using limits = new RunLimits(request, never)
    await until('the end of the start', () => limits.start.aborted || undefined)
    expect(limits.start.reason).toMatchObject({ code: 'KERNEL_START_FAILED' })
    expect(limits.run.aborted).toBe(false)
  })

  test('RunLimits ends both when the run is out of time', async () => {
    using limits = new RunLimits({ ...request, runTimeoutMs: 20, startTimeoutMs: 60_000 }, never)
    await until('the end of the run', () => limits.run.aborted || undefined)
    expect(limits.run.reason).toMatchObject({ code: 'RUN_TIMED_OUT' })
    expect(limits.start.reason).toBe(limits.run.reason)
  })

  test('RunLimits ends both when the run is stopped', () => {
    const stop = new AbortController()
    using limits = new RunLimits({ ...request, startTimeoutMs: 60_000 }, stop.signal)
    stop.abort(new RunError('CANCELLED', 'stopped'))
    expect([limits.run.aborted, limits.start.aborted]).toEqual([true, true])
  })

  test('RunLimits stops what was begun for the start when the run is over', () => {
    const limits = new RunLimits({ ...request, startTimeoutMs: 60_000 }, never)
    limits.started()
    expect(limits.start.aborted).toBe(false)
    limits[Symbol.dispose]()
    expect(limits.start.reason).toMatchObject({ code: 'CANCELLED' })
  })
})
