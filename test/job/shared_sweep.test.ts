import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { SharedSweep } from '../../src/job/shared_sweep.ts'
import { readTask } from '../../src/job/task.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'
import { StorageServer } from '../support/storage_server.ts'
import { sampleEntry } from '../sweep/sample_entry.ts'

let storage: StorageServer
let env: Readonly<Record<string, string>>
let execution = 0

beforeAll(async () => {
  storage = await StorageServer.start('bucket')
  env = { STORAGE_EMULATOR_HOST: storage.url, NBTRIGGER_CLAIMS: 'gs://bucket/claims' }
})
afterAll(() => storage[Symbol.asyncDispose]())
beforeEach(() => {
  execution += 1
})

interface Joining {
  readonly index?: number
  readonly count?: number
  readonly name?: string
  readonly messageId?: string
}

async function joined({ index = 0, count = 3, name = `e${execution}`, messageId }: Joining = {}) {
  const task = readTask({
    CLOUD_RUN_EXECUTION: name,
    CLOUD_RUN_TASK_INDEX: String(index),
    CLOUD_RUN_TASK_COUNT: String(count),
    NBTRIGGER_MESSAGE_ID: messageId,
  })
  return await SharedSweep.join(task, env, neverAborts)
}

async function share(joining: Joining = {}): Promise<SharedSweep> {
  const shared = await joined(joining)
  if (typeof shared === 'string') throw new Error(`Cannot join: ${shared} runs it`)
  return shared
}

describe('SharedSweep', () => {
  test('is one sweep for all tasks of an execution', async () => {
    const [one, other] = await Promise.all([share(), share({ index: 1 })])
    expect([other.runId, other.startedAt]).toEqual([one.runId, one.startedAt])
    expect(one.runId).toMatch(/^[\da-f-]{36}$/)
    expect(await one.states()).toEqual({ ended: new Map(), running: [0, 1], silent: [], absent: 1 })
  })

  test('can be joined again when Cloud Storage failed after the first call', async () => {
    const one = await share()
    expect(await share()).toMatchObject({ runId: one.runId, startedAt: one.startedAt })
  })

  test('belongs to one execution, when a message starts two', async () => {
    const starts = ['a', 'b'].map((name) => joined({ name, messageId: `m${execution}` }))
    const texts = (await Promise.all(starts)).filter((each) => typeof each === 'string')
    expect(texts).toHaveLength(1)
    expect(['a', 'b']).toContain(texts[0])
  })

  test('knows what came of each set, however much that is', async () => {
    const [one, other] = [await share(), await share({ index: 1 })]
    const long = { parameters: { n: 'é'.repeat(9_000) } }
    await other.keep(sampleEntry(11, long))
    await one.keep(sampleEntry(2, { outcome: 'failed' }))
    expect(await one.entries()).toEqual([
      sampleEntry(2, { outcome: 'failed' }),
      sampleEntry(11, long),
    ])
    await one.keep(sampleEntry(2))
    expect(await other.entries()).toEqual([sampleEntry(2), sampleEntry(11, long)])
  })

  test('counts the failures of all tasks, each set once, and no run that Cloud Run stopped', async () => {
    const [one, other] = [await share(), await share({ index: 1 })]
    await Promise.all(
      [one, other].map((each, at) => each.keep(sampleEntry(at, { outcome: 'error' }))),
    )
    await one.keep(sampleEntry(4))
    const stopped = { code: 'INSTANCE_STOPPED', message: 'Cannot go on' } as const
    await one.keep(sampleEntry(5, { outcome: 'error', error: stopped }))
    expect([await one.failures(10), await other.failures(1)]).toEqual([2, 1])
  })

  test('writes at the end what it could not write before', async () => {
    const shared = await share({ count: 1 })
    storage.fail(403)
    await shared.keep(sampleEntry(0))
    expect(await shared.entries()).toEqual([])
    await shared.end(null)
    expect(await shared.entries()).toEqual([sampleEntry(0)])
  })

  test('says which tasks have ended, with what they could not do, and which are not heard of', async () => {
    const [one, other] = [await share({ count: 4 }), await share({ index: 1, count: 4 })]
    await share({ index: 2, count: 4 })
    const problem = { code: 'NOTEBOOK_NOT_FOUND', message: 'Cannot read it' } as const
    await other.end(problem)
    const key = `bucket/claims/e${execution}/tasks/00002/alive`
    const beat = storage.objects.get(key)
    storage.objects.set(key, { ...beat!, updated: new Date(Date.now() - 181_000).toISOString() })
    const states = { running: [0], silent: [2], absent: 1 }
    expect(await one.states()).toEqual({ ended: new Map([[1, problem]]), ...states })
    await other.goOn(neverAborts)
    expect(await one.states()).toMatchObject({ running: [0, 1] })
  })

  test('has one task that reports, also when all ask at once, and when that one is started again', async () => {
    const tasks = await Promise.all([0, 1, 2].map((index) => share({ index })))
    expect(await tasks[0]?.isReported()).toBe(false)
    const claims = await Promise.all(tasks.map((task) => task.claimReport()))
    expect(claims.filter(Boolean)).toHaveLength(1)
    const winner = tasks[claims.indexOf(true)]
    expect(await winner?.claimReport()).toBe(true) // it was killed before it had published
    await winner?.published()
    expect(await winner?.claimReport()).toBe(false)
    expect(await tasks[0]?.isReported()).toBe(true)
  })

  test('needs a bucket', async () => {
    const without = { ...env, NBTRIGGER_CLAIMS: '' }
    const task = readTask({ CLOUD_RUN_TASK_COUNT: '7' })
    const error = await rejectionOf(SharedSweep.join(task, without, neverAborts))
    expect(error).toMatchObject({
      code: 'ARGUMENTS_INVALID',
      message: expect.stringContaining(
        'among 7 tasks: NBTRIGGER_CLAIMS of the job names no bucket',
      ),
    })
  })

  test('cannot be joined where the bucket is not there', async () => {
    const other = { ...env, NBTRIGGER_CLAIMS: 'gs://other-bucket' }
    const error = await rejectionOf(SharedSweep.join(readTask({}), other, neverAborts))
    expect(error).toMatchObject({
      code: 'CLAIM_FAILED',
      message: expect.stringContaining('Cannot share the sets with other tasks (NBTRIGGER_CLAIMS)'),
    })
  })
})
