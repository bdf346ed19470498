import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { attempt as tried } from '../../src/errors.ts'
import type { Env } from '../../src/request/env.ts'
import { readTask } from '../../src/job/task.ts'
import { TaskCheckpoints } from '../../src/job/task_checkpoints.ts'
import { entryOf } from '../../src/sweep/report.ts'
import { sampleReport } from '../reporting/sample_events.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'
import { StorageServer } from '../support/storage_server.ts'

let storage: StorageServer

beforeAll(async () => {
  storage = await StorageServer.start('runs')
})
afterAll(() => storage[Symbol.asyncDispose]())

function open(execution: string, attempt: number, more: Env = {}): TaskCheckpoints | null {
  const env = {
    STORAGE_EMULATOR_HOST: storage.url,
    CLOUD_RUN_EXECUTION: execution,
    CLOUD_RUN_TASK_ATTEMPT: String(attempt),
    NBTRIGGER_TASK_RETRIES: '2',
    NBTRIGGER_CHECKPOINTS: 'gs://runs/checkpoints',
    ...more,
  }
  return TaskCheckpoints.open(readTask(env), env)
}

async function claim(execution: string, attempt: number, set: number | null = null) {
  const checkpoints = open(execution, attempt)
  if (checkpoints === null) throw new Error('Cannot claim a run: there are no checkpoints')
  return await checkpoints.claim(set, neverAborts)
}

/** Claims a run that is to be ours; returns its checkpoint. */
async function claimOurs(...given: Parameters<typeof claim>) {
  const claimed = await claim(...given)
  if (claimed.type === 'ours') return claimed.checkpoint
  throw new Error('Cannot claim the run: it has ended')
}

const entry = entryOf(0, sampleReport({ outcome: 'succeeded' }))

describe('TaskCheckpoints.open()', () => {
  test.each([
    { name: 'Cloud Run repeats no task', env: { NBTRIGGER_TASK_RETRIES: '0' } },
    { name: 'it is not said that Cloud Run does', env: { NBTRIGGER_TASK_RETRIES: '' } },
    { name: 'kernels end with the task', env: { NBTRIGGER_SIDECAR: '1' } },
    { name: 'the execution has no name', env: { CLOUD_RUN_EXECUTION: '' } },
  ])('returns null where $name', ({ env }) => {
    expect(open('none', 0, env)).toBeNull()
  })

  test.each([
    {
      name: 'a folder',
      env: { NBTRIGGER_CHECKPOINTS: '/tmp/checkpoints' },
      reason: 'it names no bucket',
    },
    {
      name: 'no place',
      env: { NBTRIGGER_CHECKPOINTS: '' },
      reason: 'NBTRIGGER_CHECKPOINTS is not set',
    },
    {
      name: 'a text as number of retries',
      env: { NBTRIGGER_TASK_RETRIES: 'three' },
      reason: 'Cannot use "three" as NBTRIGGER_TASK_RETRIES',
    },
    {
      name: 'too many retries',
      env: { NBTRIGGER_TASK_RETRIES: '11' },
      reason: 'it is not a whole number from 0 to 10',
    },
  ])('refuses $name', ({ env, reason }) => {
    expect(tried(() => open('refused', 0, env))).toMatchObject({
      code: 'ARGUMENTS_INVALID',
      message: expect.stringContaining(reason),
    })
  })

  test.each([
    { attempt: 0, isRetried: true },
    { attempt: 1, isRetried: true },
    { attempt: 2, isRetried: false },
  ])('knows whether another attempt comes after attempt $attempt', ({ attempt, isRetried }) => {
    expect(open('counted', attempt)?.isRetried).toBe(isRetried)
  })
})

describe('TaskCheckpoints.claim()', () => {
  test('gives the run of an attempt to the next one, and each set its own', async () => {
    const first = await claimOurs('next', 0, 5)
    const second = await claimOurs('next', 1, 5)
    expect([second.runId, second.resumed.length]).toEqual([first.runId, 1])
    expect((await claimOurs('next', 1, 6)).runId).not.toBe(first.runId)
    expect(await rejectionOf(first.check())).toMatchObject({ code: 'TAKEN_OVER' })
  })

  test('does not take a claim of its own, whose answer was lost, for another process', async () => {
    const { runId } = await claimOurs('repeated', 0)
    expect(await claimOurs('repeated', 0)).toMatchObject({ runId, resumed: [] })
  })

  test('refuses an attempt after which another one has claimed the run', async () => {
    await claimOurs('later', 1)
    expect(await rejectionOf(claim('later', 0))).toMatchObject({
      code: 'TAKEN_OVER',
      message: expect.stringContaining('by attempt 1 of the task later/0'),
    })
  })

  test('claims a run that an earlier attempt goes on writing', async () => {
    const first = await claimOurs('writing', 0)
    const [second] = await Promise.all([claimOurs('writing', 1), writeOften()])
    expect(await rejectionOf(first.check())).toMatchObject({ code: 'TAKEN_OVER' })
    await expect(second.check()).resolves.toBeUndefined()

    async function writeOften(): Promise<void> {
      for (let kernel = 0; kernel < 5; kernel += 1) {
        first.addKernel(`kernel-${kernel}`)
        await first.check().catch(() => undefined)
      }
    }
  })

  test('keeps the runs of the sets of a task where its only run has ended', async () => {
    const { runId } = await claimOurs('beside', 0, 5)
    await (await claimOurs('beside', 0)).finish(entry)
    expect((await claimOurs('beside', 1, 5)).runId).toBe(runId)
  })

  test('returns what came of a run that has ended', async () => {
    const first = await claimOurs('ended', 0)
    await first.finish(entry)
    expect(await claim('ended', 1)).toEqual({ type: 'ended', entry })
  })

  test('begins a run where an execution of the same name had one long ago', async () => {
    const first = await claimOurs('renamed', 1)
    await first.finish(entry)
    for (const [key, { bytes }] of storage.objects) {
      if (!key.includes('/renamed/')) continue
      const head = JSON.parse(String(bytes))
      storage.put(key, JSON.stringify({ ...head, at: new Date(0).toISOString() }))
    }
    expect((await claimOurs('renamed', 0)).runId).not.toBe(first.runId)
  })
})
