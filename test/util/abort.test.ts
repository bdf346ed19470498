import { getEventListeners } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { deadline, deadlineAfter, lazy, sinceAbort, abortable } from '../../src/util/abort.ts'
import { endOf, startProgram } from '../support/command.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'
import { repositoryRoot } from '../support/repository.ts'

const built = pathToFileURL(join(repositoryRoot, 'build/src/util/abort.js')).href

const late = () => new RunError('RUN_TIMED_OUT', 'late')
const stopped = new RunError('CANCELLED', 'stopped')

describe('lazy()', () => {
  test('lazy() starts at the first call, and returns the same promise afterwards', async () => {
    let asked = 0
    const ask = lazy(async () => ++asked)
    expect(asked).toBe(0)
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
    expect(await ask()).toBe(1)
  })

  test('lazy() causes no unhandled rejection', async () => {
    const ask = lazy(() => Promise.reject(stopped))
    void ask()
    await pause(20)
    expect(await rejectionOf(ask())).toMatchObject({ code: 'CANCELLED' })
  })
})

describe('deadline()', () => {
  test('deadline() aborts with the given error when its time is over', async () => {
    using limit = deadline(20, late)
    expect(limit.signal.aborted).toBe(false)
    await pause(60)
    expect(limit.signal.reason).toMatchObject({ code: 'RUN_TIMED_OUT' })
  })

  test.each([
    { name: 'when it is disposed before', ms: 20 },
    { name: 'when it has no limit', ms: null },
  ])('deadline() never aborts $name', async ({ ms }) => {
    const limit = deadline(ms, late)
    if (ms !== null) limit[Symbol.dispose]()
    await pause(60)
    expect(limit.signal.aborted).toBe(false)
    limit[Symbol.dispose]()
  })
})

describe('deadline() within another signal', () => {
  test('aborts when the other signal aborts, with its reason', () => {
    const outer = new AbortController()
    using limit = deadline(10_000, late, outer.signal)
    outer.abort(stopped)
    expect(limit.signal.reason).toBe(stopped)
    using afterwards = deadline(null, late, outer.signal)
    expect(afterwards.signal.reason).toBe(stopped)
  })

  test('keeps its own error, and does not abort the other signal', async () => {
    const outer = new AbortController()
    using limit = deadline(10, late, outer.signal)
    await pause(40)
    outer.abort(stopped)
    expect(limit.signal.reason).toMatchObject({ code: 'RUN_TIMED_OUT' })
  })

  test('allows many listeners on both signals without a warning from Node', async () => {
    const script = `
      import { abortable, deadline } from ${JSON.stringify(built)}
      const outer = new AbortController()
      const limits = Array.from({ length: 20 }, () => deadline(null, Error, outer.signal))
      for (let count = 0; count < 20; count++) void abortable(new Promise(() => {}), limits[0].signal)`
    const args = ['--input-type=module', '-e', script]
    await using child = await startProgram(process.execPath, args, {})
    expect(await endOf(child)).toMatchObject({ status: 0, stderr: '' })
  })

  test('removes its listener when disposed', () => {
    const outer = new AbortController()
    const limit = deadline(10_000, late, outer.signal)
    expect(getEventListeners(outer.signal, 'abort')).toHaveLength(1)
    limit[Symbol.dispose]()
    expect(getEventListeners(outer.signal, 'abort')).toEqual([])
  })
})

describe('sinceAbort()', () => {
  test('returns null before the abort, and the time since then afterwards', async () => {
    const controller = new AbortController()
    const since = sinceAbort(controller.signal)
    expect(since()).toBeNull()
    controller.abort()
    const first = since() ?? -1
    expect(first).toBeGreaterThanOrEqual(0)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(since()).toBeGreaterThan(first)
    expect(sinceAbort(controller.signal)()).not.toBeNull()
  })
})

describe('deadlineAfter()', () => {
  test('aborts with the given error some time after the signal, which may have aborted before', async () => {
    const stopping = new AbortController()
    using limit = deadlineAfter(stopping.signal, 20, late)
    await pause(40)
    expect(limit.signal.aborted).toBe(false)
    stopping.abort(stopped)
    expect(limit.signal.aborted).toBe(false)
    using other = deadlineAfter(stopping.signal, 20, late)
    await pause(40)
    expect([limit.signal.reason, other.signal.reason]).toEqual([late(), late()])
  })

  test('never aborts after it was disposed', async () => {
    const stopping = new AbortController()
    const limit = deadlineAfter(stopping.signal, 5, late)
    limit[Symbol.dispose]()
    stopping.abort(stopped)
    await pause(20)
    expect(limit.signal.aborted).toBe(false)
  })
})

describe('abortable()', () => {
  test('abortable() returns what the promise returns', async () => {
    expect(await abortable(Promise.resolve(7), neverAborts)).toBe(7)
    await expect(abortable(Promise.reject(stopped), neverAborts)).rejects.toBe(stopped)
  })

  test('abortable() leaves no unhandled rejection when the promise fails after the signal', async () => {
    const script = `
      import { abortable } from ${JSON.stringify(built)}
      const fails = new Promise((_, reject) => setTimeout(reject, 10, new Error('late')))
      abortable(fails, AbortSignal.abort(new Error('stopped'))).catch(() => {})
      setTimeout(() => {}, 100)`
    const args = ['--input-type=module', '-e', script]
    await using child = await startProgram(process.execPath, args, {})
    expect(await endOf(child)).toMatchObject({ status: 0, stderr: '' })
  })

  test('abortable() throws the reason of the signal, before and during the wait', async () => {
    await expect(
      abortable(pause(10_000, 0, { ref: false }), AbortSignal.abort(stopped)),
    ).rejects.toBe(stopped)
    using limit = deadline(20, late)
    const waiting = abortable(pause(10_000, 0, { ref: false }), limit.signal)
    await expect(waiting).rejects.toMatchObject({ code: 'RUN_TIMED_OUT' })
  })
})
