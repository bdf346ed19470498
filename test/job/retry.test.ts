import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { token } from '../support/fake_request.ts'
import { tokenPage } from '../support/fake_rest.ts'
import type { LogEntry } from '../support/function_process.ts'
import { JobProcess } from '../support/job_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import type { CellSource } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'
import { closeServer, portOf } from '../support/port.ts'
import { StorageServer } from '../support/storage_server.ts'
import { TopicServer } from '../support/topic_server.ts'
import { until } from '../support/until.ts'

const opened = new Opened()
let server: JupyterServer
let storage: StorageServer
let topic: TopicServer
let jobEnv: Readonly<Record<string, string>>

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  storage = opened.use(await StorageServer.start('runs'))
  topic = opened.use(await TopicServer.start())
  jobEnv = {
    JUPYTER_SERVER: server.host,
    JUPYTER_TOKEN: server.token,
    STORAGE_EMULATOR_HOST: storage.url,
    PUBSUB_EMULATOR_HOST: topic.host,
    NBTRIGGER_RESULT_TOPIC: 'projects/demo/topics/results',
    NBTRIGGER_CLAIMS: 'gs://runs/claims',
    NBTRIGGER_CHECKPOINTS: 'gs://runs/checkpoints',
    NBTRIGGER_TASK_RETRIES: '3',
  }
})
afterAll(() => opened[Symbol.asyncDispose]())

const noting = 'def note(line):\n    with open("lines", "a") as f: f.write(line)'
/** The second cell waits for a file. */
const waiting: readonly CellSource[] = [
  { type: 'code', source: 'n: int = 0', metadata: { tags: ['parameters'] } },
  `import os, time\n${noting}\nnote(f"{n}a")\nprint("first")`,
  'note(f"{n}b")\nwhile not os.path.exists(f"go{n}"): time.sleep(0.02)\nprint("over")',
  'note(f"{n}c")\n6 * 7',
]

/** A notebook in a folder of its own, with the name of the execution that runs it. */
class Notebook {
  readonly name: string
  readonly #args: string

  private constructor(name: string, args: string) {
    this.name = name
    this.#args = args
  }

  static async write(name: string, cells = waiting): Promise<Notebook> {
    await server.writeNotebook(`${name}/n.ipynb`, cells)
    const output = cells === waiting ? ` -o gs://runs/out/${name}{n}.ipynb` : ''
    return new Notebook(name, `/${name}/n.ipynb${output}`)
  }

  /** Starts an attempt of the task that runs it. */
  async start(args = '', more: Partial<Parameters<typeof JobProcess.start>[0]> = {}) {
    const { env, ...task } = more
    const own = {
      execution: this.name,
      args: [`${this.#args} ${args}`],
      ...task,
      env: { ...jobEnv, NBTRIGGER_MESSAGE_ID: this.name, ...env },
    }
    return opened.use(await JobProcess.start(own))
  }

  /** What the cells have written. */
  async lines(): Promise<string> {
    return await readFile(join(server.root, this.name, 'lines'), 'utf8').catch(() => '')
  }

  async hasWritten(lines: string): Promise<void> {
    await until(`the lines ${lines}`, async () => (await this.lines()) === lines || undefined)
  }

  async letGo(n = 0): Promise<void> {
    await writeFile(join(server.root, this.name, `go${n}`), '')
  }

  /** The outputs of its cells, as the executed notebook in the bucket has them. */
  saved(n = 0): readonly string[] {
    const object = storage.objects.get(`runs/out/${this.name}${n}.ipynb`)
    const { cells } = JSON.parse(String(object?.bytes))
    return cells.map(({ outputs }: { readonly outputs: unknown }) => JSON.stringify(outputs))
  }

  published(event = 'run_finished'): readonly LogEntry[] {
    const reports = topic.messages.map(({ text }): LogEntry => JSON.parse(text))
    const path = `/${this.name}/n.ipynb`
    return reports.filter((report) => report['event'] === event && report['notebook'] === path)
  }
}

function entriesOf(process: JobProcess, event: string): readonly LogEntry[] {
  return process.entries().filter((entry) => entry['event'] === event)
}

/** Starts a task whose notebook waits in its second cell. */
async function begin(name: string, args = '-p n 0') {
  const notebook = await Notebook.write(name)
  const task = await notebook.start(args)
  await notebook.hasWritten('0a0b')
  return { notebook, task }
}

describe('another attempt of a task', () => {
  test('goes on with the run of one that was killed in a cell', async () => {
    const { notebook, task } = await begin('killed')
    await task.kill()
    await notebook.letGo()
    const retried = opened.use(await task.retry())
    expect(await retried.end()).toBe(0)
    expect(await notebook.lines()).toBe('0a0b0c')
    const [report, ...others] = notebook.published()
    expect(others).toEqual([])
    expect(report).toMatchObject({
      outcome: 'succeeded',
      cells: { total: 5, executed: 5, failed: 0 },
      result: { data: { 'text/plain': '42' } },
      kernelDeleted: true,
      resumed: [{ at: expect.any(String), afterMs: expect.any(Number) }],
    })
    expect(entriesOf(retried, 'run_finished')).toMatchObject([{ runId: report?.['runId'] }])
    const [, , first, second, last] = notebook.saved()
    expect(first).toContain('first')
    expect(second).toContain('over')
    expect(last).toContain('42')
    expect(await server.kernels()).toEqual([])
    // Cloud Run would not start this one.
    const third = opened.use(await retried.retry())
    expect(await third.end()).toBe(0)
    expect(third.entries()).toMatchObject([{ event: 'run_ended_before', outcome: 'succeeded' }])
    expect(notebook.published()).toHaveLength(1)
    const left = [...storage.objects.keys()].filter((key) => key.includes('checkpoints/killed/'))
    expect(left).toEqual([expect.stringContaining('/head-')])
  })

  test('goes on with the run of one that was killed between cells', async () => {
    const { notebook, task } = await begin('between', '-p n 0 --verbose')
    storage.isSilent = true // so that it cannot write down that it sends the next cell
    await notebook.letGo()
    const ended = () => entriesOf(task, 'cell_finished').length === 4 || undefined
    await until('the end of the cell', ended)
    await task.kill()
    storage.isSilent = false
    const retried = opened.use(await task.retry())
    expect(await retried.end()).toBe(0)
    expect(await notebook.lines()).toBe('0a0b0c')
    expect(notebook.published()).toMatchObject([{ outcome: 'succeeded', resumed: [{}] }])
    expect(await server.kernels()).toEqual([])
  })

  test('goes on with the run of one that Cloud Run stopped', async () => {
    const { notebook, task } = await begin('stopped')
    expect(await task.terminate()).toBe(130)
    const [left] = entriesOf(task, 'run_left')
    expect(left).toMatchObject({ severity: 'INFO', code: 'SUSPENDED' })
    expect(entriesOf(task, 'run_finished')).toEqual([])
    expect(await server.kernels()).toMatchObject([{ execution_state: 'busy' }])
    await notebook.letGo()
    const retried = opened.use(await task.retry())
    expect(await retried.end()).toBe(0)
    expect(await notebook.lines()).toBe('0a0b0c')
    expect(notebook.published()).toMatchObject([{ runId: left?.['runId'], resumed: [{}] }])
    expect(await server.kernels()).toEqual([])
  })

  test('takes over the run of one that still lives', async () => {
    const { notebook, task } = await begin('alive')
    const second = opened.use(await task.retry())
    expect(await task.end()).toBe(0)
    expect(task.entries().at(-1)).toMatchObject({
      event: 'run_left',
      code: 'TAKEN_OVER',
      message: expect.stringContaining('it was taken over by attempt 1 of the task alive/0'),
    })
    const late = await notebook.start('-p n 0') // the first attempt
    expect(await late.end()).toBe(0)
    expect(late.entries()).toMatchObject([{ event: 'run_left', code: 'TAKEN_OVER' }])
    await notebook.letGo()
    expect(await second.end()).toBe(0)
    expect(await notebook.lines()).toBe('0a0b0c')
    expect(notebook.published()).toMatchObject([{ outcome: 'succeeded', resumed: [{}] }])
    expect(await server.kernels()).toEqual([])
  })

  test('does not repeat a run that failed, and ends with its status', async () => {
    const notebook = await Notebook.write('failed', [`${noting}\nnote("a")`, '1 / 0'])
    const task = await notebook.start()
    expect(await task.end()).toBe(1)
    const retried = opened.use(await task.retry())
    expect(await retried.end()).toBe(1)
    expect(retried.entries()).toMatchObject([
      {
        event: 'run_ended_before',
        outcome: 'failed',
        messageId: 'failed',
        message: expect.stringContaining('ZeroDivisionError'),
      },
    ])
    expect(await notebook.lines()).toBe('a')
    expect(notebook.published()).toHaveLength(1)
  })

  test('begins the run when no cell was sent and what failed may pass', async () => {
    const notebook = await Notebook.write('early', [`${noting}\nnote("a")`])
    const busy = createServer((_request, response) => void response.writeHead(503).end())
    await once(busy.listen(0, '127.0.0.1'), 'listening')
    const env = { JUPYTER_SERVER: `127.0.0.1:${portOf(busy)}` }
    const task = await notebook.start('--start-timeout 5', { env })
    expect(await task.end()).toBe(3)
    await closeServer(busy)
    const retried = await notebook.start('', { attempt: 1 })
    expect(await retried.end()).toBe(0)
    expect(await notebook.lines()).toBe('a')
    expect(notebook.published()).toMatchObject([
      { error: { code: 'SERVER_UNREACHABLE', retryable: true } },
      { outcome: 'succeeded' },
    ])
  })

  test.each([
    { name: 'its notebook', args: '-p n 0', lines: '0a0b0c' },
    { name: 'sets of it', args: `--each '{n: [1]}'`, lines: '1a1b1c' },
  ])(
    'runs $name where one before could not use the bucket, and reports that only once',
    async (row) => {
      const notebook = await Notebook.write(row.name.replaceAll(' ', '-'))
      for (const n of [0, 1]) await notebook.letGo(n)
      storage.fail(403)
      const task = await notebook.start(row.args)
      expect(await task.end()).toBe(3)
      expect(task.entries()).toMatchObject([{ event: 'run_left', code: 'CLAIM_FAILED' }])
      const retried = opened.use(await task.retry())
      expect(await retried.end()).toBe(0)
      expect(await notebook.lines()).toBe(row.lines)
      expect(notebook.published()).toMatchObject([{ outcome: 'succeeded' }])
    },
  )

  test('does not repeat a run whose end was written down late', async () => {
    const wait = 'import os, time\nwhile not os.path.exists("go0"): time.sleep(0.02)\n1 / 0'
    const notebook = await Notebook.write('late-end', [`${noting}\nnote("a")`, wait])
    const task = await notebook.start()
    await notebook.hasWritten('a')
    storage.refused = /checkpoints\/late-end\//
    await notebook.letGo()
    await task.waitForEntry('run_finished')
    storage.refused = null
    expect(await task.end()).toBe(1)
    const retried = opened.use(await task.retry())
    expect(await retried.end()).toBe(1)
    expect(retried.entries()).toMatchObject([{ event: 'run_ended_before', outcome: 'failed' }])
    expect(notebook.published()).toMatchObject([{ error: { code: 'CELL_FAILED' } }])
  })

  test('begins the run when the connection broke for good before a cell was sent', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.cells.set('', ({ kernel }) => {
      jupyter.cells.delete('')
      jupyter.script('channels', tokenPage(403, token))
      kernel.lose('RST')
    })
    const notebook = await Notebook.write('broken', ['1'])
    const env = { JUPYTER_SERVER: jupyter.url.host, JUPYTER_TOKEN: token }
    const task = await notebook.start('', { env })
    expect(await task.end()).toBe(3)
    const retried = opened.use(await task.retry())
    expect(await retried.end()).toBe(0)
    expect(notebook.published()).toMatchObject([
      { error: { code: 'CONNECTION_LOST', retryable: true } },
      { outcome: 'succeeded', cells: { executed: 1 } },
    ])
  })

  test('begins the run when one before could not write down that it sends a cell', async () => {
    const notebook = await Notebook.write('unwritten', [`${noting}\nnote("a")`])
    storage.refused = /checkpoints\/unwritten\/0\/run\/notebook-/
    const task = await notebook.start()
    expect(await task.end()).toBe(3)
    expect(entriesOf(task, 'run_left')).toMatchObject([{ code: 'CHECKPOINT_FAILED' }])
    storage.refused = null
    const retried = opened.use(await task.retry())
    expect(await retried.end()).toBe(0)
    expect(await notebook.lines()).toBe('a')
    expect(notebook.published()).toMatchObject([{ outcome: 'succeeded', kernelDeleted: true }])
    expect(await server.kernels()).toEqual([])
  })

  test('runs nothing where runs have no checkpoints', async () => {
    const notebook = await Notebook.write('unknown', [`${noting}\nnote("a")`])
    const env = { NBTRIGGER_TASK_RETRIES: '' }
    const task = await notebook.start('', { attempt: 1, env })
    expect(await task.end()).toBe(3)
    expect(notebook.published()).toMatchObject([
      { error: { code: 'CHECKPOINT_FAILED', message: expect.stringContaining('in attempt 1') } },
    ])
    expect(await notebook.lines()).toBe('')
  })
})

describe('a task that Cloud Run may start again', () => {
  test('refuses sets where its attempts have no bucket to tell each other of them', async () => {
    const notebook = await Notebook.write('no-claims')
    const env = { NBTRIGGER_CLAIMS: '' }
    const task = await notebook.start(`--each '{n: 1..2}'`, { env })
    expect(await task.end()).toBe(2)
    const message = expect.stringMatching(
      /names no bucket; set .* or have Cloud Run retry no task$/,
    )
    expect(notebook.published()).toMatchObject([{ error: { message } }])
  })

  test('reports in its last attempt that it could not use the bucket', async () => {
    const notebook = await Notebook.write('refused')
    storage.fail(403)
    const task = await notebook.start('-p n 0', { attempt: 3 })
    expect(await task.end()).toBe(3)
    expect(notebook.published()).toMatchObject([{ error: { code: 'CLAIM_FAILED' } }])
    expect(await notebook.lines()).toBe('')
  })

  test.each([
    { name: 'a run', args: '', events: ['run_finished'] },
    { name: 'sets', args: `--each '{n: 1..2}'`, events: ['sets_refused', 'run_finished'] },
  ])('runs nothing where its checkpoints have no bucket: $name', async ({ name, args, events }) => {
    const notebook = await Notebook.write(`bucket-for-${name.replaceAll(' ', '-')}`)
    const task = await notebook.start(args, { env: { NBTRIGGER_CHECKPOINTS: '/tmp/none' } })
    expect(await task.end()).toBe(2)
    expect(task.entries().map(({ event }) => event)).toEqual(events)
  })

  test('ends its run when Cloud Run stops the last attempt', async () => {
    const notebook = await Notebook.write('last')
    const task = await notebook.start('-p n 0', { attempt: 3 })
    await notebook.hasWritten('0a0b')
    expect(await task.terminate()).toBe(3)
    const error = { code: 'INSTANCE_STOPPED' }
    expect(notebook.published()).toMatchObject([{ error, kernelDeleted: true }])
    expect(await server.kernels()).toEqual([])
  })

  test.each([
    { name: 'a server of JupyterHub', args: '--hub', reason: /Cannot use "--hub" in a task/ },
    {
      name: 'a secret in a parameter',
      args: '-p n a-secret-that-is-long-enough-9 --secret s SECRET',
      reason: /its arguments hold a secret/,
    },
  ])('refuses $name', async ({ name, args, reason }) => {
    const notebook = await Notebook.write(name.replaceAll(' ', '-'))
    const env = { SECRET: 'a-secret-that-is-long-enough-9' }
    expect(await (await notebook.start(args, { env })).end()).toBe(2)
    expect(notebook.published()).toMatchObject([
      { error: { code: 'ARGUMENTS_INVALID', message: expect.stringMatching(reason) } },
    ])
  })

  test('leaves all sets that it runs at once when another attempt takes one over', async () => {
    const notebook = await Notebook.write('at-once')
    const each = `--each '{n: [1, 2]}'`
    const first = await notebook.start(`${each} --parallel 2`)
    const hasBegun = async () => (await notebook.lines()).length === '1a1b2a2b'.length || undefined
    await until('both sets', hasBegun)
    const second = await notebook.start(each, { attempt: 1 }) // one after the other
    expect(await first.end()).toBe(0)
    const left = entriesOf(first, 'run_left')
    expect(left).toMatchObject([{ code: 'TAKEN_OVER' }, { code: 'TAKEN_OVER' }])
    expect(left[0]?.['runId']).not.toBe(left[1]?.['runId'])
    for (const n of [1, 2]) await notebook.letGo(n)
    expect(await second.end()).toBe(0)
    expect(notebook.published()).toMatchObject([
      { parameters: { n: '1' }, outcome: 'succeeded', resumed: [{}] },
      { parameters: { n: '2' }, outcome: 'succeeded', resumed: [{}] },
    ])
    expect((await notebook.lines()).match(/\dc/g)).toEqual(['1c', '2c'])
    expect(await server.kernels()).toEqual([])
  })

  test('runs each of its sets once, whatever ends its attempts, and reports them once', async () => {
    const notebook = await Notebook.write('sets')
    const first = await notebook.start(`--each '{n: [1, 2]}'`)
    await notebook.hasWritten('1a1b')
    await first.kill()
    await notebook.letGo(1)
    const second = opened.use(await first.retry())
    await notebook.hasWritten('1a1b1c2a2b')
    const third = opened.use(await second.retry())
    expect(await second.end()).toBe(0)
    expect(entriesOf(second, 'run_left')).toMatchObject([{ code: 'TAKEN_OVER' }])
    await third.waitForEntry('kernel_started')
    expect(await third.terminate()).toBe(1)
    expect(third.entries().at(-1)).toMatchObject({ event: 'run_left', code: 'SUSPENDED' })
    expect(notebook.published('sweep_finished')).toEqual([])
    await notebook.letGo(2)
    const last = opened.use(await third.retry())
    expect(await last.end()).toBe(0)
    expect(await notebook.lines()).toBe('1a1b1c2a2b2c')
    expect(notebook.published()).toMatchObject([
      { parameters: { n: '1' }, resumed: [{}] },
      { parameters: { n: '2' }, resumed: [{}, {}] },
    ])
    expect(notebook.published('sweep_finished')).toMatchObject([
      { outcome: 'succeeded', counts: { total: 2, succeeded: 2 }, warnings: [] },
    ])
    expect(await server.kernels()).toEqual([])
  })
})
