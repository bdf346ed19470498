import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FunctionProcess, LogEntry } from '../support/function_process.ts'
import { startJobFunction } from '../support/job_function.ts'
import { JobProcess } from '../support/job_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import type { RunApi } from '../support/run_api.ts'
import { StorageServer } from '../support/storage_server.ts'
import { TopicServer } from '../support/topic_server.ts'
import { until } from '../support/until.ts'

const opened = new Opened()
let server: JupyterServer
let storage: StorageServer
let topic: TopicServer
let api: RunApi
let running: FunctionProcess
let jobEnv: Readonly<Record<string, string>>

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  storage = opened.use(await StorageServer.start('runs'))
  topic = opened.use(await TopicServer.start())
  const env = {
    JUPYTER_SERVER: server.host,
    JUPYTER_TOKEN: server.token,
    STORAGE_EMULATOR_HOST: storage.url,
    NBTRIGGER_RUNS: 'gs://runs/history',
  }
  jobEnv = {
    ...env,
    PUBSUB_EMULATOR_HOST: topic.host,
    NBTRIGGER_RESULT_TOPIC: 'projects/demo/topics/results',
    NBTRIGGER_CLAIMS: 'gs://runs/claims',
  }
  const started = await startJobFunction(opened, { env, jobEnv })
  api = started.api
  running = started.running
})
afterAll(() => opened[Symbol.asyncDispose]())
beforeEach(() => {
  topic.messages.length = 0
})

/** A notebook in a folder of its own, which writes down that it runs, and fails for 2. */
class Notebook {
  readonly address: string
  readonly #folder: string

  private constructor(name: string) {
    this.address = `/${name}/n.ipynb`
    this.#folder = join(server.root, name)
  }

  static async write(name: string): Promise<Notebook> {
    const notebook = new Notebook(name)
    await mkdir(notebook.#folder)
    await server.writeNotebook(`${name}/n.ipynb`, [
      { type: 'code', source: 'n: int = 0', metadata: { tags: ['parameters'] } },
      'import os, time\nopen("ran.txt", "a").write(f"{n}\\n")',
      'while os.path.exists("wait"): time.sleep(0.02)',
      'assert n != 2 or os.path.exists("mended")\n10 * n',
    ])
    return notebook
  }

  /** The sets that have run or run, in the order of their numbers. */
  async ran(): Promise<readonly number[]> {
    const text = await readFile(join(this.#folder, 'ran.txt'), 'utf8').catch(() => '')
    return text
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [Number(line)]))
      .toSorted((a, b) => a - b)
  }

  /** Lets every run wait from now on. */
  async hold(): Promise<void> {
    await this.put('wait')
  }

  async release(): Promise<void> {
    await rm(join(this.#folder, 'wait'))
  }

  /** Puts an empty file into the folder in which it runs. */
  async put(name: string): Promise<void> {
    await writeFile(join(this.#folder, name), '')
  }

  async hasBegun(isEnough: (ran: readonly number[]) => boolean): Promise<void> {
    await until('the runs', async () => isEnough(await this.ran()) || undefined)
  }
}

/** Delivers a message whose sets the job runs; returns the tasks. */
async function handOver(args: string, id: string): Promise<readonly JobProcess[]> {
  expect(await running.deliver(args, { id })).toBe(204)
  return api.tasks
}

async function endOf(tasks: readonly JobProcess[]): Promise<readonly unknown[]> {
  return await Promise.all(tasks.map((task) => task.end()))
}

function secondOf([, second]: readonly JobProcess[]): JobProcess {
  if (second === undefined) throw new Error('Cannot go on: the execution has one task')
  return second
}

function published(event: string): readonly LogEntry[] {
  const reports = topic.messages.map(({ text }): LogEntry => JSON.parse(text))
  return reports.filter((report) => report['event'] === event)
}

function isOf(event: string): (entry: LogEntry) => boolean {
  return (entry) => entry['event'] === event
}

/** The one report of all sets, which has to be the last entry of one task, and published once. */
function summaryOf(tasks: readonly JobProcess[]): LogEntry {
  const isSummary = isOf('sweep_finished')
  const logged = tasks.flatMap((task) => task.entries().filter(isSummary))
  expect(logged).toHaveLength(1)
  expect(tasks.some((task) => isSummary(task.entries().at(-1) ?? {}))).toBe(true)
  const [report = {}, ...others] = published('sweep_finished')
  expect(others).toEqual([])
  const { runId, counts, sets } = logged[0] ?? {}
  expect({ runId, counts, sets }).toEqual({
    runId: report['runId'],
    counts: report['counts'],
    sets: report['sets'],
  })
  return report
}

function setsOf({ sets }: LogEntry): readonly LogEntry[] {
  return Array.isArray(sets) ? sets : []
}

describe('a message with --each', () => {
  test('is run by tasks that share the sets, and reported once by the last of them', async () => {
    const notebook = await Notebook.write('shared')
    await notebook.hold()
    const args = `${notebook.address} --output 'gs://runs/out/{n}.ipynb' --each '{n: 1..4}'`
    const tasks = await handOver(`${args} --tasks 2`, 'shared-1')
    expect(api.requests.at(-1)).toEqual({
      overrides: {
        taskCount: 2,
        containerOverrides: [expect.objectContaining({ args: [args] })],
      },
    })
    const { message } = await running.waitForEntry(isOf('run_handed_over'))
    expect(message).toContain(`${tasks[0]?.execution} with 2 tasks: https://`)
    await notebook.hasBegun(({ length }) => length === 2)
    await notebook.release() // so that both tasks end at the same moment
    expect(await endOf(tasks)).toEqual([0, 1])
    expect(await notebook.ran()).toEqual([1, 2, 3, 4])
    const report = summaryOf(tasks)
    expect(report).toMatchObject({
      outcome: 'failed',
      notebook: notebook.address,
      counts: { total: 4, succeeded: 3, failed: 1, notRun: 0 },
      warnings: [],
    })
    expect(setsOf(report)).toMatchObject([
      {
        index: 0,
        outcome: 'succeeded',
        parameters: { n: '1' },
        result: '10',
        output: 'gs://runs/out/1.ipynb',
        link: 'https://console.cloud.google.com/storage/browser/_details/runs/out/1.ipynb',
      },
      { index: 1, outcome: 'failed', error: { code: 'CELL_FAILED' } },
      { index: 2, outcome: 'succeeded', result: '30' },
      { index: 3, outcome: 'succeeded', result: '40' },
    ])
    expect(published('run_finished')).toHaveLength(4)
    const last = tasks
      .flatMap((task) => task.entries())
      .find(({ event }) => event === 'sweep_finished')
    expect(last).toMatchObject({
      severity: 'ERROR',
      messageId: 'shared-1',
      message: expect.stringMatching(
        /4 sets in .*: 3 succeeded, 1 failed; .* --only-failed [\da-f-]{36}$/,
      ),
    })

    topic.messages.length = 0
    await notebook.put('mended')
    const again = await handOver(`${args} --only-failed ${String(report['runId'])}`, 'shared-2')
    expect(await endOf(again)).toEqual([0])
    expect(setsOf(summaryOf(again))).toMatchObject([{ index: 1, outcome: 'succeeded' }])
    expect(await notebook.ran()).toEqual([1, 2, 2, 3, 4])
  })

  test('runs nothing more in another attempt of a task whose runs have no checkpoints', async () => {
    const notebook = await Notebook.write('retried')
    await notebook.hold()
    const tasks = await handOver(`${notebook.address} --each '{n: 3..6}' --tasks 2`, 'retried-1')
    await notebook.hasBegun(({ length }) => length === 2)
    const second = secondOf(tasks)
    await second.kill()
    await notebook.release()
    await notebook.hasBegun((ran) => ran.includes(5))
    await using retried = await second.retry()
    const all = [...tasks, retried]
    expect(await endOf(all)).toEqual([0, 'SIGKILL', 1])
    expect(await notebook.ran()).toEqual([3, 4, 5])
    const error = { code: 'CHECKPOINT_FAILED', message: expect.stringContaining('in attempt 1') }
    expect(summaryOf(all)).toMatchObject({
      counts: { total: 4, succeeded: 2, notRun: 2 },
      sets: [{}, { outcome: 'not_run', error }, {}, { outcome: 'not_run', error }],
    })
  })

  test('names the sets of a task that was killed for good', async () => {
    const notebook = await Notebook.write('killed')
    await notebook.hold()
    const tasks = await handOver(`${notebook.address} --each '{n: 3..6}' --tasks 2`, 'killed-1')
    await notebook.hasBegun(({ length }) => length === 2)
    const second = secondOf(tasks)
    await second.kill()
    age('runs/claims/killed-1/tasks/00001/alive')
    await notebook.release()
    expect(await tasks[0]?.end()).toBe(0)
    expect(summaryOf(tasks)).toMatchObject({
      outcome: 'error',
      counts: { total: 4, succeeded: 2, failed: 0, notRun: 2 },
      sets: [{}, { outcome: 'not_run', parameters: { n: '4' } }, {}, { outcome: 'not_run' }],
      warnings: [expect.stringContaining('Task 1 ended without a word')],
    })
    await using late = await second.retry()
    expect(await late.end()).toBe(1)
    expect(late.entries()).toMatchObject([{ severity: 'WARNING', event: 'sets_left' }])
    expect(published('sweep_finished')).toHaveLength(1)
  })

  test('ends with one report when Cloud Run cancels the execution', async () => {
    const before = await server.kernels()
    const notebook = await Notebook.write('cancelled')
    await notebook.hold()
    const tasks = await handOver(`${notebook.address} --each '{n: 3..6}' --tasks 2`, 'cancelled-1')
    await notebook.hasBegun(({ length }) => length === 2)
    expect(await Promise.all(tasks.map((task) => task.terminate()))).toEqual([3, 3])
    expect(summaryOf(tasks)).toMatchObject({
      outcome: 'cancelled',
      counts: { total: 4, succeeded: 0, failed: 2, notRun: 2 },
    })
    expect(idsOf(await server.kernels())).toEqual(idsOf(before))
  })

  test('starts no more sets in any task when so many have failed', async () => {
    const notebook = await Notebook.write('failing')
    const each = `'{n: [2, 2, 2, 2, 2, 2, 2, 2]}'`
    const tasks = await handOver(
      `${notebook.address} --each ${each} --tasks 2 --max-failures 2`,
      'failing-1',
    )
    expect(await endOf(tasks)).toEqual([1, 1])
    const { length } = await notebook.ran()
    expect([2, 3]).toContain(length) // one may run when the second fails
    expect(summaryOf(tasks)).toMatchObject({
      counts: { total: 8, failed: length, notRun: 8 - length },
    })
  })

  test('runs no set when the notebook does not know a parameter', async () => {
    const notebook = await Notebook.write('unknown')
    const each = `'{t${server.token}: 1..3}'` // the reason names it, and shows no secret
    const tasks = await handOver(`${notebook.address} --each ${each} --tasks 2`, 'unknown-1')
    expect(await endOf(tasks)).toEqual([2, 2])
    const reason = /^Cannot set the parameter "t\[redacted\]": the notebook does not know it/
    const error = { code: 'ARGUMENTS_INVALID', message: expect.stringMatching(reason) }
    const report = summaryOf(tasks)
    expect(JSON.stringify(report)).not.toContain(server.token)
    expect(report).toMatchObject({ outcome: 'error', counts: { total: 3, notRun: 3 } })
    expect(setsOf(report)).toMatchObject(
      Array.from({ length: 3 }, () => ({ outcome: 'not_run', error })),
    )
    expect(await notebook.ran()).toEqual([])
  })

  test('is run once when it is delivered twice', async () => {
    const notebook = await Notebook.write('twice')
    const args = [`${notebook.address} --each '{n: 3..4}'`]
    const env = { ...jobEnv, NBTRIGGER_MESSAGE_ID: 'twice-1' }
    const starts = ['a', 'b'].map((execution) => JobProcess.start({ args, env, execution }))
    const tasks = (await Promise.all(starts)).map((task) => opened.use(task))
    expect(await endOf(tasks)).toEqual([0, 0])
    expect(await notebook.ran()).toEqual([3, 4])
    expect(summaryOf(tasks)).toMatchObject({ counts: { total: 2, succeeded: 2 } })
    const events = tasks.flatMap((task) => task.entries().map(({ event }) => event))
    expect(events.filter((event) => event === 'delivered_again')).toHaveLength(1)
  })

  test.each([
    {
      name: 'a file of sets',
      args: '--each-file /etc/hostname',
      part: '"--each-file" in a message',
    },
    { name: 'no sets', args: '--tasks 3', part: 'there are none; add --each' },
    { name: 'a list that is none', args: '--each 5', part: 'neither a map' },
    { name: 'no number of tasks', args: `--each '{n: 1..2}' --tasks 0`, part: '"0" as --tasks' },
    { name: 'a file as destination', args: `--each '{n: 1..2}' -o file:/x{n}`, part: 'file' },
    {
      name: 'one destination for two sets',
      args: `--each '{n: 1..2}' -o gs://runs/x.ipynb`,
      part: 'would both write to "gs://runs/x.ipynb"',
    },
    {
      name: 'a run that the history does not have',
      args: `--each '{n: 1..2}' --only-failed x`,
      part: 'the history has no such sets',
    },
  ])('is refused by the function, which starts nothing: $name', async ({ name, args, part }) => {
    const before = api.executions.length
    expect(await running.deliver(`/shared/n.ipynb ${args}`, { id: name })).toBe(204)
    expect(api.executions).toHaveLength(before)
    const isReport = ({ event, messageId }: LogEntry) =>
      event === 'run_finished' && messageId === name
    expect(await running.waitForEntry(isReport)).toMatchObject({
      notebook: '/shared/n.ipynb',
      error: { code: 'ARGUMENTS_INVALID', message: expect.stringContaining(part) },
    })
  })
})

describe('an execution without NBTRIGGER_CLAIMS', () => {
  test('with several tasks says once what is missing', async () => {
    const env = { ...jobEnv, NBTRIGGER_CLAIMS: '' }
    const args = [`/alone/n.ipynb --each '{n: 1..2}'`]
    const starts = [0, 1].map((index) => JobProcess.start({ args, env, index, count: 2 }))
    const tasks = (await Promise.all(starts)).map((task) => opened.use(task))
    expect(await endOf(tasks)).toEqual([2, 2])
    const [report, ...others] = published('run_finished')
    expect(others).toEqual([])
    expect(report).toMatchObject({
      error: {
        message: expect.stringContaining('NBTRIGGER_CLAIMS of the job names no bucket; set'),
      },
    })
  })

  test('runs the sets in one task', async () => {
    const notebook = await Notebook.write('alone')
    const env = { ...jobEnv, NBTRIGGER_CLAIMS: '', NBTRIGGER_TASK_TIMEOUT: '3000' }
    const args = [`${notebook.address} --each '{n: 3..4}'`]
    const task = opened.use(await JobProcess.start({ args, env }))
    expect(await task.end()).toBe(0)
    expect(summaryOf([task])).toMatchObject({ counts: { total: 2, succeeded: 2 } })
  })
})

/** Starts a task with a bucket of its own, which fails so often as soon as the first set runs. */
async function failing(name: string, failures: number) {
  const notebook = await Notebook.write(name)
  await notebook.hold()
  const bucket = opened.use(await StorageServer.start('runs'))
  const env = { ...jobEnv, STORAGE_EMULATOR_HOST: bucket.url, NBTRIGGER_RUNS: '' }
  const args = [`${notebook.address} --each '{n: 3..4}'`]
  const task = opened.use(await JobProcess.start({ args, env, execution: name }))
  await notebook.hasBegun(({ length }) => length === 1)
  bucket.fail(...Array.from({ length: failures }, () => 403))
  return { notebook, task }
}

describe('a task whose sets run when Cloud Storage fails', () => {
  test('writes the report of all when it can', async () => {
    const { notebook, task } = await failing('patient', 4)
    await notebook.release()
    expect(await task.end()).toBe(0)
    expect(summaryOf([task])).toMatchObject({ counts: { total: 2, succeeded: 2 }, warnings: [] })
  })

  test('does not refuse the sets when Cloud Run stops it then', async () => {
    const { task } = await failing('stopped', 1_000)
    expect(await task.terminate()).toBe(3)
    expect(task.entries().filter(isOf('sets_refused'))).toEqual([])
    expect(task.entries().filter(isOf('run_finished'))).toMatchObject([
      { error: { code: 'INSTANCE_STOPPED' } },
    ])
  })

  test('says that there is no report of all when it never can, and does not refuse the sets', async () => {
    const { notebook, task } = await failing('unreported', 1_000)
    await notebook.release()
    await until('both runs', () => task.entries().filter(isOf('run_finished'))[1])
    expect(await task.terminate()).toBe(0)
    expect(task.entries().filter(isOf('sets_refused'))).toEqual([])
    const finished = task.entries().filter(isOf('run_finished'))
    expect(finished.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded'])
    expect(task.entries().at(-1)).toMatchObject({
      severity: 'WARNING',
      event: 'sets_unreported',
      message: expect.stringContaining(
        'Cannot write the report of all sets: Cannot share the sets',
      ),
    })
  })
})

describe('a task', () => {
  test('begins no more sets when its time is nearly up', async () => {
    const notebook = await Notebook.write('late')
    // A minute is kept to end in an orderly way: the time is up when the first set has ended.
    const env = { ...jobEnv, NBTRIGGER_TASK_TIMEOUT: '60' }
    const args = [`${notebook.address} --each '{n: 3..5}'`]
    const task = opened.use(await JobProcess.start({ args, env, execution: 'late' }))
    expect(await task.end()).toBe(1)
    const error = { code: 'RUN_TIMED_OUT', message: expect.stringContaining('Cannot begin more') }
    expect(summaryOf([task])).toMatchObject({
      counts: { total: 3, succeeded: 1, notRun: 2 },
      sets: [{ result: '30' }, { outcome: 'not_run', error }, { outcome: 'not_run', error }],
      warnings: [error.message],
    })
  })

  test('refuses --tasks, since its execution has its tasks', async () => {
    const args = [`/alone/n.ipynb --each '{n: 3..5}' --tasks 2`]
    const task = opened.use(await JobProcess.start({ args, env: jobEnv }))
    expect(await task.end()).toBe(2)
    const error = { message: expect.stringContaining('Cannot use "--tasks" in the arguments') }
    expect(published('run_finished')).toMatchObject([{ error }])
  })
})

function idsOf(kernels: readonly { readonly id: string }[]): readonly string[] {
  return kernels.map(({ id }) => id).toSorted()
}

/** Makes the object look as if it had been written long ago. */
function age(key: string): void {
  const object = storage.objects.get(key)
  if (object === undefined) throw new Error(`Cannot age "${key}": there is no such object`)
  const updated = new Date(Date.now() - 600_000).toISOString()
  storage.objects.set(key, { ...object, updated })
}
