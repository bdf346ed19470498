import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import type { Progress } from '../../src/checkpoint/checkpoint.ts'
import { FileFolder } from '../../src/checkpoint/file.ts'
import { findCheckpoint, RunCheckpoint } from '../../src/checkpoint/run_checkpoint.ts'
import { CheckpointStore } from '../../src/checkpoint/store.ts'
import { RunError } from '../../src/errors.ts'
import type { RunRequest } from '../../src/request/run_request.ts'
import { deadlineOf } from '../../src/run/resume_run.ts'
import { runNotebook } from '../../src/run/run_notebook.ts'
import { noop } from '../../src/util/abort.ts'
import { createRunId } from '../../src/util/run_id.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { notebookOf } from '../support/fake_request.ts'
import { inBackground } from '../support/in_background.ts'
import { neverAborts, tools } from '../support/observe.ts'
import { someProgress } from '../support/progress.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { until } from '../support/until.ts'

let folder: ScratchFolder

beforeAll(async () => {
  folder = await ScratchFolder.make('resume-run')
})
afterAll(() => folder[Symbol.asyncDispose]())

const owner = { host: 'here', pid: 1, name: 'process 1 on here' }

/** A run whose first process died when it had created the kernel "k", or had begun to send cells. */
async function leaveRun(progress: Progress | null = null, notebook: unknown = 'no notebook') {
  const runId = createRunId()
  const store = new CheckpointStore(new FileFolder(join(folder.path, runId)))
  const given = { store, runId, messageId: null, owner, input: null }
  const first = new RunCheckpoint({ ...given, found: null })
  first.addKernel('k')
  await first.begin(noop, neverAborts)
  const parts = [{ name: 'notebook', revision: '', read: () => notebook }]
  if (progress !== null) await first.save(() => ({ progress, parts }))
  const goOn = async (request: RunRequest, cancels: boolean, isLast = false) => {
    const found = await findCheckpoint(store, neverAborts)
    using checkpoint = new RunCheckpoint({ ...given, found, cancels, isLast })
    const options = { ...tools, emit: noop, signal: neverAborts, checkpoint }
    const { report } = await runNotebook({ ...request, runId }, options)
    await checkpoint.remove()
    return report
  }
  return { store, goOn }
}

describe('a run whose process died before the first cell', () => {
  test.each([
    { name: 'resumed', cancels: false, code: 'NOTEBOOK_NOT_FOUND' },
    { name: 'cancelled', cancels: true, code: 'CANCELLED' },
  ])('loses its kernel when it is $name and its notebook is gone', async ({ cancels, code }) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel('k')
    jupyter.always('contents', { status: 404, body: { message: 'No such file', reason: null } })
    const { store, goOn } = await leaveRun()
    const { error } = await goOn(jupyter.request(), cancels)
    expect(error?.code).toBe(code)
    expect([...jupyter.kernels.keys()]).toEqual([])
    expect(await findCheckpoint(store, neverAborts)).toBeNull()
  })

  test('is left to another attempt when its kernel cannot be deleted', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel('k')
    jupyter.always('delete', { status: 403, body: { message: 'Forbidden' } })
    const { store, goOn } = await leaveRun()
    await goOn(jupyter.request(), true)
    expect(await findCheckpoint(store, neverAborts)).not.toBeNull()
  })
})

describe('a run of which nothing can be read', () => {
  test.each([
    { name: 'is deleted', keepKernel: false, calls: ['delete'] },
    { name: 'that is kept is interrupted', keepKernel: true, calls: ['interrupt'] },
  ])('is cancelled, and its kernel $name', async ({ keepKernel, calls }) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel('k')
    const { store, goOn } = await leaveRun(someProgress)
    const report = await goOn(jupyter.request({ keepKernel }), true)
    expect(report).toMatchObject({
      outcome: 'cancelled',
      warnings: [expect.stringContaining('the notebook is not saved')],
    })
    expect(jupyter.calls.filter((call) => call !== 'api')).toEqual(calls)
    expect(await findCheckpoint(store, neverAborts)).toBeNull()
  })

  test('is left to another attempt when it is resumed', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel('k')
    const { store, goOn } = await leaveRun(someProgress)
    await goOn(jupyter.request(), false)
    expect(jupyter.calls).toEqual([])
    expect(await findCheckpoint(store, neverAborts)).not.toBeNull()
  })

  test('loses its kernel when there will be no other attempt', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel('k')
    const { store, goOn } = await leaveRun(someProgress)
    const { error, kernelDeleted } = await goOn(jupyter.request(), false, true)
    expect([error?.code, kernelDeleted]).toEqual(['NOTEBOOK_INVALID', true])
    expect([...jupyter.kernels.keys()]).toEqual([])
    expect(await findCheckpoint(store, neverAborts)).toBeNull()
  })
})

describe('a run that only prepares the notebook', () => {
  test('is left to another attempt when it is suspended', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('contents', { silence: 'hang' })
    const runId = createRunId()
    const store = new CheckpointStore(new FileFolder(join(folder.path, runId)))
    const given = { store, runId, messageId: null, owner, input: null, found: null }
    using checkpoint = new RunCheckpoint(given)
    const stop = new AbortController()
    const options = { ...tools, emit: noop, signal: stop.signal, checkpoint }
    const request = { ...jupyter.request({ prepareOnly: true }), runId }
    const running = inBackground(runNotebook(request, options))
    await until('the request', () => jupyter.countOf('contents') > 0 || undefined)
    stop.abort(new RunError('SUSPENDED', 'Cannot go on in this process'))
    expect((await running).report.error?.code).toBe('SUSPENDED')
    expect(checkpoint.isLeft).toBe(true)
  })
})

describe('deadlineOf()', () => {
  test.each([
    { name: 'a run that goes on', cancels: false, deadline: new Date(0) },
    { name: 'one that is only to be ended', cancels: true, deadline: null },
  ])('returns the end of the time limit of $name: $deadline', async ({ cancels, deadline }) => {
    const progress = { ...someProgress, deadlineAt: new Date(0).toISOString() }
    const { store } = await leaveRun(progress)
    const found = await findCheckpoint(store, neverAborts)
    const given = { store, runId: createRunId(), messageId: null, owner, input: null }
    expect(deadlineOf(new RunCheckpoint({ ...given, found, cancels }))).toEqual(deadline)
  })
})

test('a run whose time limit ran out meanwhile interrupts its cell in a kernel that is kept', async () => {
  await using jupyter = await FakeJupyter.start()
  jupyter.addKernel('k')
  const late = { ...someProgress, deadlineAt: new Date(0).toISOString() }
  const { store, goOn } = await leaveRun(late, notebookOf(['1']))
  const { error } = await goOn(jupyter.request({ keepKernel: true }), false)
  expect(error?.code).toBe('RUN_TIMED_OUT')
  expect(jupyter.calls.filter((call) => call !== 'api')).toEqual(['interrupt'])
  expect(await findCheckpoint(store, neverAborts)).toBeNull()
})
