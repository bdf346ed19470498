import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { History, type HistoryQuery } from '../../src/history/history.ts'
import { type HistoryStore, listByTime } from '../../src/history/store.ts'
import { sweepDue } from '../../src/history/record_run.ts'
import type { RecordedRun } from '../../src/history/record.ts'
import { namesAt, notebookKey, writeRunName } from '../../src/history/run_name.ts'
import { readHistoryStore, readRetention } from '../../src/history/settings.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { JupyterServer as JupyterClient } from '../../src/jupyter/server.ts'
import { createRunId } from '../../src/util/run_id.ts'
import { errorTextOf } from '../request/error_text_of.ts'
import { sampleReport } from '../reporting/sample_events.ts'
import { FaultProxy } from '../support/fault_proxy.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { neverAborts } from '../support/observe.ts'
import { Opened } from '../support/opened.ts'
import { rejectionOf } from '../support/rejection.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { StorageServer } from '../support/storage_server.ts'

const opened = new Opened()
let jupyter: JupyterServer
let storage: StorageServer
let folder: string

beforeAll(async () => {
  jupyter = opened.use(await JupyterServer.start())
  storage = opened.use(await StorageServer.start('runs-bucket'))
  folder = opened.use(await ScratchFolder.make('history')).path
})
afterAll(async () => {
  await opened[Symbol.asyncDispose]()
})

function clientOf(host: string): JupyterClient {
  return new JupyterClient(new URL(`http://${host}`), tokenCredentials(jupyter.token))
}

function storeAt(address: string, host = jupyter.host): HistoryStore {
  const store = readHistoryStore(
    { NBTRIGGER_RUNS: address, STORAGE_EMULATOR_HOST: storage.url },
    { folder: '/', openServer: () => clientOf(host) },
  )
  if (store === null) throw new Error('Cannot find the store')
  return store
}

const day = 86_400_000
const start = Date.parse('2026-11-20T10:00:00Z')
const everything: HistoryQuery = { notebook: null, outcome: null, before: null, limit: 50 }

function runAt(time: number, facts: Partial<RecordedRun> = {}): RecordedRun {
  return {
    runId: createRunId(time),
    outcome: 'succeeded',
    startedAt: new Date(time).toISOString(),
    durationMs: 1_000,
    startedBy: 'command',
    server: 'http://localhost:8888/',
    notebook: '/daily.ipynb',
    parameters: [{ name: 'n', text: '1.0', isComplete: true }],
    otherParameters: 0,
    error: null,
    hasNotebook: true,
    ...facts,
  }
}

const notebook = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }

async function record(history: History, run: RecordedRun): Promise<void> {
  const report = sampleReport({ runId: run.runId })
  await history.record(run, { report, notebook: run.hasNotebook ? notebook : null }, neverAborts)
}

function idsOf(runs: readonly RecordedRun[]): readonly string[] {
  return runs.map(({ runId }) => runId)
}

describe.each([
  { name: 'Cloud Storage', address: () => 'gs://runs-bucket/history/of all' },
  { name: 'the Jupyter Server', address: () => '/history/of all' },
  { name: 'a folder of this machine', address: () => `file:${folder}/history/of all` },
])('a history in $name', ({ address }) => {
  /** A history of its own for each test. */
  const fresh = (name: string) => new History(storeAt(`${address()}/${name}`))

  test('is empty at first', async () => {
    const history = fresh('empty')
    expect(await history.list(everything, neverAborts)).toEqual({ runs: [], next: null })
    expect(await history.find(createRunId(start), neverAborts)).toBeNull()
    expect(await history.sweep(readRetention({}), start, neverAborts)).toBe(0)
  })

  test('gives back what was recorded', async () => {
    const history = fresh('one')
    const run = runAt(start)
    await record(history, run)
    expect(await history.list(everything, neverAborts)).toEqual({ runs: [run], next: null })
    expect(await history.find(run.runId, neverAborts)).toEqual(run)
    expect(await history.report(run.runId, neverAborts)).toEqual(sampleReport({ runId: run.runId }))
    const text = await history.notebookText(run.runId, neverAborts)
    expect(JSON.parse(text ?? '')).toEqual(notebook)
    expect(await history.find(createRunId(start), neverAborts)).toBeNull()
  })

  test('lists the newest first, in pages, over days, and filters', async () => {
    const history = fresh('pages')
    const times = [0, 1, 2, day, day + 1, 5 * day, 9 * day].map((ms) => start + ms)
    const runs = times.map((time, index) =>
      runAt(time, {
        notebook: index % 2 === 0 ? '/daily.ipynb' : '/größe/a b.ipynb',
        outcome: index === 3 ? 'failed' : 'succeeded',
        hasNotebook: false,
      }),
    )
    await Promise.all(runs.map((run) => record(history, run)))
    const newest = idsOf(runs).toReversed()

    const seen: string[] = []
    let before: string | null = null
    do {
      const page: Awaited<ReturnType<History['list']>> = await history.list(
        { ...everything, limit: 3, before },
        neverAborts,
      )
      seen.push(...idsOf(page.runs))
      before = page.next
    } while (before !== null)
    expect(seen).toEqual(newest)

    const odd = { ...everything, notebook: '/größe/a b.ipynb' }
    expect(idsOf((await history.list(odd, neverAborts)).runs)).toEqual(
      newest.filter((_, index) => index % 2 === 1),
    )
    const failed = { ...everything, outcome: 'failed' } as const
    expect(idsOf((await history.list(failed, neverAborts)).runs)).toEqual([runs[3]?.runId])
    expect(await history.notebookText(runs[0]?.runId ?? '', neverAborts)).toBeNull()
  })

  test('loses nothing when many write at once', async () => {
    const runs = Array.from({ length: 30 }, (_, index) => runAt(start + (index % 3) * day))
    await Promise.all(runs.map((run) => record(fresh('many'), run)))
    const { runs: listed } = await fresh('many').list(everything, neverAborts)
    expect(idsOf(listed).toSorted()).toEqual(idsOf(runs).toSorted())
  })

  test('removes runs that are too old or too many, and all of their files', async () => {
    const history = fresh('swept')
    const runs = [0, 1, 2, 3, 4, 5].map((age) => runAt(start - age * day))
    await Promise.all(runs.map((run) => record(history, run)))
    const keptIds = async () => idsOf((await history.list(everything, neverAborts)).runs)

    const byAge = { maxAgeMs: 3.5 * day, maxRuns: null }
    expect(await history.sweep(byAge, start, neverAborts)).toBe(6)
    expect(await keptIds()).toEqual(idsOf(runs.slice(0, 4)))
    expect(await history.notebookText(runs[5]?.runId ?? '', neverAborts)).toBeNull()
    expect(await history.report(runs[5]?.runId ?? '', neverAborts)).toBeNull()

    const byCount = { maxAgeMs: 100 * day, maxRuns: 2 }
    expect(await history.sweep(byCount, start, neverAborts)).toBe(6)
    expect(await history.sweep(byCount, start, neverAborts)).toBe(0)
    expect(await keptIds()).toEqual(idsOf(runs.slice(0, 2)))
    expect(await history.report(runs[1]?.runId ?? '', neverAborts)).not.toBeNull()
  })
})

describe('the files of a history', () => {
  test('are skipped when they are none of it', async () => {
    const address = `file:${folder}/foreign`
    const history = new History(storeAt(address))
    const run = runAt(start)
    await record(history, run)
    const store = storeAt(address)
    const text = Buffer.from('{}')
    const document = {
      bytes: text,
      mediaType: 'application/json',
      model: { type: 'file', format: 'text', content: '{}' },
    } as const
    await store.write('runs/79000-2026-01-01/notes.txt', document, neverAborts)
    await symlink('/nowhere', join(folder, 'foreign/runs/link'))
    expect(idsOf((await history.list(everything, neverAborts)).runs)).toEqual([run.runId])
    expect(await readdir(join(folder, 'foreign'))).toEqual(['notebooks', 'reports', 'runs'])
  })

  test('in Cloud Storage are listed by one request a page, whatever there is', async () => {
    const address = 'gs://runs-bucket/large'
    const history = new History(storeAt(address))
    const long = runAt(start + 10_000, {
      parameters: [{ name: 'n', text: 'ü'.repeat(5_000), isComplete: true }],
    })
    await Promise.all([record(history, runAt(start)), record(history, long)])
    const [first] = [...storage.objects.keys()].filter((name) =>
      name.startsWith('runs-bucket/large/runs'),
    )
    const stored = storage.objects.get(first ?? '')
    for (let index = 1; index < 2_999; index++) {
      const run = runAt(start + index)
      const name = writeRunName({ ...run, notebookKey: notebookKey(run.notebook) })
      const metadata = { text: JSON.stringify(run) }
      const path = `runs-bucket/large/runs/${name}.json`
      if (stored !== undefined) storage.objects.set(path, { ...stored, metadata })
    }
    const before = storage.answers.length
    const { runs, next } = await history.list(everything, neverAborts)
    expect(runs).toHaveLength(50)
    expect(runs[0]).toEqual(long)
    expect(storage.answers.slice(before)).toEqual(['get 200', 'get 200']) // the long one is read
    await history.list({ ...everything, before: next }, neverAborts)
    expect(storage.answers.slice(before)).toEqual(['get 200', 'get 200', 'get 200'])
  })
})

/** Writes the entries of so many runs of 20 days below the root of the Jupyter Server. */
async function writeEntries(
  folderName: string,
  count: number,
  notebookAt: (index: number) => string = () => '/daily.ipynb',
): Promise<void> {
  for (const [index, time] of every(count, (20 * day) / count).entries()) {
    const run = runAt(time, { notebook: notebookAt(index) })
    const name = writeRunName({ ...run, notebookKey: notebookKey(run.notebook) })
    const path = join(jupyter.root, folderName, `runs/${name}.json`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, JSON.stringify(run))
  }
}

describe('a page of the history', () => {
  test('names the run after which to look further when its time is over', async () => {
    await writeEntries('searched', 500, (index) =>
      index % 300 === 299 ? '/rare.ipynb' : '/daily.ipynb',
    )
    const history = new History(storeAt(`file:${jupyter.root}/searched`), 0)
    const rare = { ...everything, notebook: '/rare.ipynb' }
    const first = await history.list(rare, neverAborts)
    expect(first).toEqual({ runs: [], next: expect.any(String) })
    const second = await history.list({ ...rare, before: first.next }, neverAborts)
    expect(second.runs).toHaveLength(1)
    expect(await history.list({ ...rare, before: second.next }, neverAborts)).toMatchObject({
      runs: [],
      next: null,
    })
  })

  test('takes no more requests of a Jupyter Server for ten times as many runs', async () => {
    await using proxy = await FaultProxy.start(jupyter.host)
    const requestsFor = async (count: number) => {
      await writeEntries(`${count} runs`, count)
      const history = new History(storeAt(`/${count} runs`, proxy.host))
      const before = proxy.requests.length
      const { runs } = await history.list(everything, neverAborts)
      expect(runs).toHaveLength(50)
      expect(runs[0]?.startedAt).toBe(new Date(start).toISOString())
      return proxy.requests.length - before
    }
    const few = await requestsFor(200)
    expect(await requestsFor(2_000)).toBeLessThanOrEqual(few)
    expect(few).toBeLessThan(150)
  })
})

/** Counts the folders that are read. */
async function foldersRead(times: readonly number[], limit: number) {
  const names = times.map((time) => `${namesAt(time)}.json`)
  const below = (path: string, depth: number) => [
    ...new Set(
      names
        .filter((name) => path === '' || name.startsWith(`${path}/`))
        .map((name) => name.split('/')[depth] ?? ''),
    ),
  ]
  let count = 0
  const read = (path: string) => {
    count += 1
    const parts = path.split('/').slice(1)
    return Promise.resolve(below(parts.join('/'), parts.length))
  }
  const found = await listByTime('runs', { folders: read, files: read }, { after: '', limit })
  expect(found.map(({ name }) => name)).toEqual(names.toSorted().slice(0, limit))
  return count
}

function every(count: number, ms: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => start - index * ms)
}

describe('listByTime()', () => {
  const hour = 3_600_000

  test.each([
    { name: '10,000 runs of one hour', times: every(10_000, hour / 10_000), most: 5 },
    { name: '10,000 runs of one day', times: every(10_000, day / 10_000), most: 6 },
    { name: '10,000 runs over 90 days', times: every(10_000, (90 * day) / 10_000), most: 55 },
    { name: 'a run a day', times: every(300, day), most: 105 },
    { name: 'a run an hour', times: every(10_000, hour), most: 60 },
  ])('reads a page of $name from few folders', async ({ times, most }) => {
    expect(await foldersRead(times, 50)).toBeLessThanOrEqual(most)
  })
})

describe('a store that cannot be used', () => {
  test.each([
    { name: 'no bucket', address: 'gs://', part: 'no bucket can have the name ""' },
    { name: 'a relative path', address: 'history', part: 'neither "/folder"' },
    { name: 'another scheme', address: 's3://x/y', part: 'it is neither' },
    { name: 'a way out', address: '/a/../b', part: 'it contains ".."' },
    { name: 'a home folder', address: 'file:~/x', part: 'does not expand "~"' },
    { name: 'a host of files', address: 'file://host/x', part: 'a file has no host' },
  ])('is refused: $name', ({ address, part }) => {
    const errorText = errorTextOf(() => storeAt(address))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot use .* as NBTRIGGER_RUNS: /)
    expect(errorText).toContain(part)
  })

  test.each([
    {
      name: 'a bucket that is not there',
      address: 'gs://another-bucket/x',
      part: 'there is no bucket',
    },
    { name: 'a file in place of the folder', address: 'file:/dev/null', part: '/dev/null' },
  ])('fails with a reason: $name', async ({ address, part }) => {
    const history = new History(storeAt(address))
    expect((await rejectionOf(record(history, runAt(start)))).message).toContain(part)
  })

  test.each(['0', '-1', 'many', '1.5'])('has no retention of %j', (text) => {
    expect(errorTextOf(() => readRetention({ NBTRIGGER_RUNS_MAX_DAYS: text }))).toContain(
      'NBTRIGGER_RUNS_MAX_DAYS',
    )
  })
})

describe('sweepDue()', () => {
  const retention = readRetention({})

  test.each([
    { runId: '019ac0f2-0000-7000-8000-0000000000a1', due: null },
    { runId: '019ac0f2-0000-7000-8000-000000000010', due: { ...retention, maxRuns: null } },
    { runId: '019ac0f2-0000-7000-8000-000000000100', due: retention },
  ])('after the run $runId', ({ runId, due }) => {
    expect(sweepDue(runId, retention)).toEqual(due)
  })

  test('is by default for 90 days and 10,000 runs', () => {
    expect(retention).toEqual({ maxAgeMs: 90 * day, maxRuns: 10_000 })
  })
})
