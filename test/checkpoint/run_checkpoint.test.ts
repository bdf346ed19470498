import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileFolder } from '../../src/checkpoint/file.ts'
import { findCheckpoint, RunCheckpoint } from '../../src/checkpoint/run_checkpoint.ts'
import { type CheckpointFolder, CheckpointStore } from '../../src/checkpoint/store.ts'
import { RunError } from '../../src/errors.ts'
import { noop } from '../../src/util/abort.ts'
import { createRunId } from '../../src/util/run_id.ts'
import { neverAborts } from '../support/observe.ts'
import { someProgress as progress } from '../support/progress.ts'
import { rejectionOf } from '../support/rejection.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

let folder: ScratchFolder

beforeAll(async () => {
  folder = await ScratchFolder.make('run-checkpoint')
})
afterAll(() => folder[Symbol.asyncDispose]())

function openRun(runId = createRunId()) {
  const path = join(folder.path, runId)
  const files = new FileFolder(path)
  return { runId, path, files, store: new CheckpointStore(files) }
}

function create(store: CheckpointStore, runId: string, pid: number) {
  const owner = { host: 'here', pid, name: `process ${pid} on here` }
  const options = { store, runId, messageId: null, owner, input: null, found: null }
  return new RunCheckpoint(options)
}

async function takeOver(store: CheckpointStore, runId: string, pid: number) {
  const owner = { host: 'here', pid, name: `process ${pid} on here` }
  const found = await findCheckpoint(store, neverAborts)
  return new RunCheckpoint({ store, runId, messageId: null, owner, input: null, found })
}

const part = (name: string, revision: string, content: unknown) => {
  return { name, revision, read: () => content }
}

describe('RunCheckpoint', () => {
  test('gives another process what was written last, and counts it', async () => {
    const { store, runId } = openRun()
    const first = create(store, runId, 1)
    await first.begin(fail, neverAborts)
    first.addKernel('k')
    await first.save(() => ({ progress, parts: [part('cell-0', 'a', { big: 2n ** 70n })] }))
    const second = await takeOver(store, runId, 2)
    await second.begin(fail, neverAborts)
    expect(second.previous).toMatchObject({ runId, kernels: ['k'], progress })
    expect(await second.readParts(neverAborts)).toEqual(new Map([['cell-0', { big: 2n ** 70n }]]))
    expect(second.resumed).toEqual([{ at: expect.any(String), afterMs: expect.any(Number) }])
  })

  test('says that a part is damaged', async () => {
    const { store, runId, path } = openRun()
    const first = create(store, runId, 1)
    await first.begin(fail, neverAborts)
    await first.save(() => ({ progress, parts: [part('cell-0', 'a', 'text')] }))
    const name = (await readdir(path)).find((each) => each.startsWith('cell-0')) ?? ''
    await writeFile(join(path, name), '{"cut of')
    const second = await takeOver(store, runId, 2)
    expect(await rejectionOf(second.readParts(neverAborts))).toMatchObject({
      code: 'CHECKPOINT_FAILED',
      message: expect.stringMatching(/its part "cell-0-\S+" is damaged/),
    })
  })

  test('writes a part again only when it has changed, and removes the one before', async () => {
    const { store, runId, path } = openRun()
    const run = create(store, runId, 1)
    await run.begin(fail, neverAborts)
    const save = async (revision: string) => {
      const parts = [part('cell-0', revision, revision), part('widgets', '', null)]
      await run.save(() => ({ progress, parts }))
      return (await readdir(path)).filter((name) => !name.startsWith('head-')).toSorted()
    }
    const before = await save('a')
    expect(await save('a')).toEqual(before)
    const after = await save('b')
    expect(after).toHaveLength(2)
    expect(after.filter((name) => before.includes(name))).toEqual([
      expect.stringContaining('widgets'),
    ])
  })

  test('ends with TAKEN_OVER once another process goes on, and removes nothing', async () => {
    const { store, runId, path } = openRun()
    const first = create(store, runId, 1)
    await first.begin(fail, neverAborts)
    const second = await takeOver(store, runId, 2)
    await second.begin(fail, neverAborts)
    const error = await rejectionOf(first.save(() => ({ progress, parts: [] })))
    expect(error).toMatchObject({
      code: 'TAKEN_OVER',
      message: expect.stringContaining('it was taken over by process 2 on here'),
    })
    expect(first.signal.reason).toMatchObject({ code: 'TAKEN_OVER' })
    await first.remove()
    expect(await readdir(path)).not.toEqual([])
    await second.remove()
    expect(await findCheckpoint(store, neverAborts)).toBeNull()
  })

  test('goes on with one warning when it cannot be written', async () => {
    const { files, runId } = openRun()
    let isBroken = false
    const write: CheckpointFolder['write'] = async (...given) => {
      await (isBroken ? refuse() : files.write(...given))
    }
    const warnings: string[] = []
    const run = create(new CheckpointStore(changed(files, { write })), runId, 1)
    await run.begin((message) => void warnings.push(message), neverAborts)
    for (const revision of ['a', 'b', 'c']) {
      await run.save(() => ({ progress, parts: [part('cell-0', revision, null)] }))
      isBroken = true
    }
    expect(warnings).toEqual([expect.stringMatching(/^Cannot write; the run goes on/)])
  })

  test('throws when it cannot be written before the first cell, which would be run again', async () => {
    const { files, store, runId } = openRun()
    const run = create(new CheckpointStore(changed(files, { write: refuse })), runId, 1)
    await run.begin(fail, neverAborts)
    const save = () => run.save(() => ({ progress, parts: [part('cell-0', 'a', null)] }))
    expect(await rejectionOf(save())).toMatchObject({ code: 'CHECKPOINT_FAILED' })
    expect((await findCheckpoint(store, neverAborts))?.checkpoint.progress).toBeNull()
  })

  test('leaves what came of a run that is over to later attempts, and nothing else', async () => {
    const { store, runId, path } = openRun()
    const first = create(store, runId, 1)
    await first.begin(fail, neverAborts)
    await first.save(() => ({ progress, parts: [part('cell-0', 'a', null)] }))
    await first.finish({ outcome: 'failed' })
    const found = await findCheckpoint(store, neverAborts)
    expect(found?.checkpoint).toMatchObject({ ended: { outcome: 'failed' }, progress: null })
    expect(await readdir(path)).toEqual([`head-${found?.generation}.json`])
  })

  test('leaves what came of a run though that could not be written the first time', async () => {
    const { files, store, runId, path } = openRun()
    let isBroken = false
    const createFile = async (name: string, text: string) => {
      return await (isBroken ? refuse() : files.create(name, text))
    }
    const first = create(new CheckpointStore(changed(files, { create: createFile })), runId, 1)
    await first.begin(fail, neverAborts)
    await first.save(() => ({ progress, parts: [part('cell-0', 'a', null)] }))
    isBroken = true
    expect(await rejectionOf(first.finish('over'))).toMatchObject({ code: 'CHECKPOINT_FAILED' })
    isBroken = false
    await first.finish('over')
    expect((await findCheckpoint(store, neverAborts))?.checkpoint.ended).toBe('over')
    expect(await readdir(path)).toHaveLength(1)
  })

  test('has another process begin with the first cell of a run that starts over', async () => {
    const { store, runId } = openRun()
    const first = create(store, runId, 1)
    first.addKernel('k')
    await first.begin(fail, neverAborts)
    await first.save(() => ({ progress, parts: [part('cell-0', 'a', null)] }))
    await first.startOver()
    const second = await takeOver(store, runId, 2)
    expect(second.previous).toMatchObject({ kernels: ['k'], progress: null, ended: null })
    expect(await second.readParts(neverAborts)).toEqual(new Map())
  })

  test('is left by the last process only to one that has taken it over', async () => {
    const { store, runId } = openRun()
    const owner = { host: 'here', pid: 1, name: 'attempt 1' }
    const last = { isLast: true, messageId: null, input: null, found: null }
    const run = new RunCheckpoint({ store, runId, owner, ...last })
    await run.begin(fail, neverAborts)
    run.isLeft = true
    expect(run.isLeft).toBe(false)
    const second = await takeOver(store, runId, 2)
    await second.begin(fail, neverAborts)
    expect(await rejectionOf(run.check())).toMatchObject({ code: 'TAKEN_OVER' })
    expect(run.isLeft).toBe(true)
  })

  test('ends with TAKEN_OVER though it cannot write, once another process goes on', async () => {
    const { files, store, runId } = openRun()
    const first = create(new CheckpointStore(changed(files, { write: refuse })), runId, 1)
    await first.begin(noop, neverAborts)
    const second = await takeOver(store, runId, 2)
    await second.begin(fail, neverAborts)
    const parts = [part('cell-0', 'a', null)]
    expect(await rejectionOf(first.save(() => ({ progress, parts })))).toMatchObject({
      code: 'TAKEN_OVER',
    })
    await second.remove()
    expect(first.signal.aborted).toBe(true)
  })

  test('does not write again what was written when another part could not be', async () => {
    const { files, runId } = openRun()
    const tried: string[] = []
    const write: CheckpointFolder['write'] = async (name, ...rest) => {
      tried.push(name.split('-').slice(0, 2).join('-'))
      await (name.startsWith('cell-1') && tried.length <= 2 ? refuse() : files.write(name, ...rest))
    }
    const run = create(new CheckpointStore(changed(files, { write })), runId, 1)
    await run.begin(noop, neverAborts)
    const parts = [part('cell-0', '', 'first'), part('cell-1', '', 'second')]
    await run.save(() => ({ progress, parts })).catch(noop)
    await run.save(() => ({ progress, parts }))
    expect(tried).toEqual(['cell-0', 'cell-1', 'cell-1'])
  })

  test('recognises its own head when the answer to a write was lost', async () => {
    const { files, store, runId } = openRun()
    let isLost = false
    const createFile = async (name: string, text: string) => {
      const isCreated = await files.create(name, text)
      if (!isLost) return isCreated
      isLost = false
      throw new RunError('CHECKPOINT_FAILED', 'Cannot read the answer')
    }
    const flaky = new CheckpointStore(changed(files, { create: createFile }))
    const run = create(flaky, runId, 1)
    await run.begin(noop, neverAborts)
    isLost = true
    await run.save(() => ({ progress, parts: [] }))
    await run.save(() => ({ progress, parts: [] }))
    expect(run.signal.aborted).toBe(false)
    await run.remove()
    expect(await findCheckpoint(store, neverAborts)).toBeNull()
  })
})

/** The folder with some methods replaced. */
function changed(files: FileFolder, methods: Partial<CheckpointFolder>): CheckpointFolder {
  return {
    address: files.address,
    list: () => files.list(),
    create: (name, text) => files.create(name, text),
    write: (...given) => files.write(...given),
    read: (name) => files.read(name),
    remove: (names) => files.remove(names),
    removeAll: () => files.removeAll(),
    ...methods,
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new RunError('CHECKPOINT_FAILED', 'Cannot write'))
}

function fail(message: string): void {
  throw new Error(message)
}
