import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { extracted, matchesFilter, storedEntry } from '../deploy/log_filter.ts'
import { metricCalled } from '../deploy/monitoring_files.ts'
import { FunctionProcess } from '../support/function_process.ts'
import { callHttp, type CallAnswer } from '../support/http_call.ts'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installQuickPythonKernel } from '../support/kernels.ts'
import type { CellSource } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'
import { descendantsOf, signalProcess } from '../support/processes.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { until } from '../support/until.ts'

const opened = new Opened()
let server: JupyterServer
let service: HttpFunction

beforeAll(async () => {
  const { path } = opened.use(await ScratchFolder.make('kernels'))
  await installQuickPythonKernel(path)
  server = opened.use(await JupyterServer.start({ jupyterPath: [path] }))
  await server.writeNotebook('counts.ipynb', counting('count = 40'))
  await server.writeNotebook('fails.ipynb', ['1 / 0', parameters, 'number'])
  await server.writeNotebook('plain.ipynb', ['6 * 7'])
  service = opened.use(
    await HttpFunction.start({
      JUPYTER_SERVER: server.host,
      JUPYTER_TOKEN: server.token,
      NBTRIGGER_WARM: '/counts.ipynb=2, /fails.ipynb,/plain.ipynb=1',
      PASSWORD: 'correct horse battery',
    }),
  )
})
afterAll(() => opened[Symbol.asyncDispose]())

const parameters: CellSource = {
  type: 'code',
  source: 'number = 0',
  metadata: { tags: ['parameters'] },
}

/** A notebook that would show if a kernel served twice. */
function counting(setup: string): readonly CellSource[] {
  return [setup, 'print("set up")', parameters, 'count += number\ncount']
}

interface Status {
  readonly notebooks: readonly {
    readonly notebook: string
    readonly ready: number
    readonly hits: number
    readonly misses: number
    readonly problem: string | null
  }[]
}

async function statusOf(notebook: string, port?: number) {
  const path = '/warm'
  const { text } = await (port === undefined ? service.get(path) : callHttp(port, { path }))
  const { notebooks }: Status = JSON.parse(text)
  const found = notebooks.find((each) => each.notebook === notebook)
  if (found === undefined) throw new Error(`Cannot find ${notebook}`)
  return found
}

/** Waits until so many kernels are warm. */
async function warm(notebook: string, count: number, port?: number): Promise<void> {
  await until(`${count} warm kernels`, async () => {
    const { ready } = await statusOf(notebook, port)
    return ready === count || undefined
  })
}

async function runOf(path: string): Promise<Report> {
  const { text }: CallAnswer = await service.get(path, 'application/json')
  return JSON.parse(text)
}

interface Report {
  readonly outcome?: string
  readonly warm?: { readonly ageMs: number }
}

/** The labels of what a metric of the log counts, and its values are numbers. */
function counted(name: string) {
  const { filter, labelExtractors, valueExtractor } = metricCalled(name)
  const entries = service.process.entries().map((entry) => storedEntry(entry))
  return entries
    .filter((entry) => matchesFilter(entry, filter))
    .map((entry) => {
      if (valueExtractor) expect(Number(extracted(entry, valueExtractor))).toBeGreaterThan(0)
      return Object.values(labelExtractors).map((extractor) => extracted(entry, extractor))
    })
}

const failuresOf = (path: string) =>
  service.process
    .entries()
    .filter(({ event, notebook }) => event === 'warm_failed' && notebook === path)

const shows = (value: string) => ({ result: { data: { 'text/plain': value } } })

describe('a notebook with warm kernels', () => {
  test('the kernels are made before the first requests, which take one each', async () => {
    await warm('/counts.ipynb', 2)
    expect(await statusOf('/counts.ipynb')).toMatchObject({ hits: 0, misses: 0 })
    const [second, third] = await Promise.all([
      runOf('/run/counts.ipynb?number=3'),
      runOf('/run/counts.ipynb?number=4'),
    ])
    expect(second).toMatchObject({ outcome: 'succeeded', kernelDeleted: null, ...shows('43') })
    expect(third).toMatchObject({ outcome: 'succeeded', kernelDeleted: null, ...shows('44') })
    expect(second.warm?.ageMs).toBeGreaterThan(0)
    expect(third.warm?.ageMs).toBeGreaterThan(0)
    expect(await statusOf('/counts.ipynb')).toMatchObject({ hits: 2, misses: 0, problem: null })
    const hits = service.process.entries().filter(({ event }) => event === 'pool_hit')
    expect(hits).toHaveLength(2)
    expect(hits[0]).toMatchObject({ notebook: '/counts.ipynb', ageMs: expect.any(Number) })
    expect(counted('nbtrigger_warm')).toContainEqual(['pool_hit', '/counts.ipynb', ''])
    expect(counted('nbtrigger_warm_age')).toEqual([['/counts.ipynb'], ['/counts.ipynb']])
  })

  test.each([
    { name: 'the list of notebooks', path: '/notebooks' },
    { name: 'a search', path: '/notebooks?search=n' },
  ])('$name shows it', async ({ path }) => {
    await warm('/counts.ipynb', 2)
    const { text } = await service.get(path)
    const { entries }: { readonly entries: readonly object[] } = JSON.parse(text)
    expect(entries).toContainEqual(expect.objectContaining({ name: 'counts.ipynb', isWarm: true }))
    expect(entries).toContainEqual({ name: 'plain.ipynb', path: '/plain.ipynb', type: 'notebook' })
  })

  test('warm=false and noWarm start a kernel', async () => {
    await warm('/counts.ipynb', 2)
    const byQuery = await runOf('/run/counts.ipynb?number=1&warm=false')
    expect(byQuery).toMatchObject({ kernelDeleted: true, ...shows('41') })
    expect(byQuery).not.toHaveProperty('warm')
    const { text } = await service.postJson('/run/counts.ipynb', { noWarm: true })
    expect(JSON.parse(text)).not.toHaveProperty('warm')
    expect(await statusOf('/counts.ipynb')).toMatchObject({ ready: 2 })
  })

  test('variables of --kernel-env are refused as without warm kernels', async () => {
    await warm('/counts.ipynb', 2)
    const { text } = await service.postJson('/run/counts.ipynb', { kernelEnv: ['KERNEL_X=1'] })
    expect(JSON.parse(text)).toMatchObject({ code: 'ARGUMENTS_INVALID' })
    expect(await statusOf('/counts.ipynb')).toMatchObject({ ready: 2 })
  })

  test('an edit of the setup is used by the next request', async () => {
    await warm('/counts.ipynb', 2)
    await server.writeNotebook('counts.ipynb', counting('count = 100'))
    const edited = await runOf('/run/counts.ipynb?number=1')
    expect(edited).toMatchObject(shows('101'))
    expect(edited).not.toHaveProperty('warm')
    const missed = ['pool_miss', '/counts.ipynb', 'changed']
    expect(counted('nbtrigger_warm')).toContainEqual(missed)
    await warm('/counts.ipynb', 2)
    expect(await runOf('/run/counts.ipynb?number=2')).toMatchObject({
      warm: { ageMs: expect.any(Number) },
      ...shows('102'),
    })
  })

  test('other secrets need other kernels', async () => {
    await warm('/counts.ipynb', 2)
    const secrets = { word: 'PASSWORD' }
    const { text } = await service.postJson('/run/counts.ipynb', { secrets })
    expect(JSON.parse(text)).not.toHaveProperty('warm')
  })

  test('kernels that were killed or deleted cost a start, and no error', async () => {
    await runOf('/run/counts.ipynb')
    await warm('/counts.ipynb', 2)
    const [one, other] = await server.kernels()
    expect(other).toBeDefined()
    await server.request('DELETE', `/api/kernels/${one?.id}`)
    for (const pid of descendantsOf(server.pid)) signalProcess(pid, 'SIGKILL')
    const runs = [
      await runOf('/run/counts.ipynb?number=5'),
      await runOf('/run/counts.ipynb?number=6'),
    ]
    expect(runs).toMatchObject([
      { outcome: 'succeeded', ...shows('105') },
      { outcome: 'succeeded', ...shows('106') },
    ])
    expect(runs[0]).not.toHaveProperty('warm')
  })

  test('a setup that fails is logged once with its traceback, and requests fail as ever', async () => {
    await until('the failure', async () => (await statusOf('/fails.ipynb')).problem ?? undefined)
    for (let round = 0; round < 2; round += 1) {
      const report = await runOf('/run/fails.ipynb')
      expect(report).toMatchObject({ code: 'CELL_FAILED', status: 422 })
    }
    const failures = failuresOf('/fails.ipynb')
    expect(failures).toMatchObject([{ severity: 'WARNING', notebook: '/fails.ipynb' }])
    expect(JSON.stringify(failures[0])).toContain('1 / 0')
  })

  test('a notebook without a parameters cell has none, which is said', async () => {
    expect(await runOf('/run/plain.ipynb')).toMatchObject(shows('42'))
    const { problem } = await statusOf('/plain.ipynb')
    expect(problem).toContain('"parameters" or "setup"')
    expect(failuresOf('/plain.ipynb')).toMatchObject([
      { message: expect.stringContaining(String(problem)) },
    ])
  })

  test('SIGTERM leaves no kernel', async () => {
    await runOf('/run/counts.ipynb')
    await warm('/counts.ipynb', 2)
    expect(await service.process.terminate()).toBe(0)
    expect(await server.kernels()).toEqual([])
  })

  test('the first request has the kernels made on Cloud Run, where there is no CPU before', async () => {
    await server.writeNotebook('later.ipynb', counting('count = 1'))
    const env = {
      K_SERVICE: 'nbtrigger-http',
      JUPYTER_SERVER: server.host,
      JUPYTER_TOKEN: server.token,
      NBTRIGGER_AUTH: 'none',
      NBTRIGGER_WARM: '/later.ipynb=1',
    }
    const options = { env, target: 'nbtrigger-http', isCalled: false } as const
    await using process = await FunctionProcess.start(options)
    expect(await server.kernels()).toEqual([])
    await warm('/later.ipynb', 1, process.port)
    expect(await process.terminate()).toBe(0)
  })
})
