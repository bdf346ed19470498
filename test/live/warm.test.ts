import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { CallAnswer } from '../support/http_call.ts'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installQuickPythonKernel } from '../support/kernels.ts'
import type { CellSource } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'
import { descendantsOf } from '../support/processes.ts'
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

async function statusOf(notebook: string) {
  const { text } = await service.get('/warm')
  const { notebooks }: Status = JSON.parse(text)
  const found = notebooks.find((each) => each.notebook === notebook)
  if (found === undefined) throw new Error(`Cannot find ${notebook}`)
  return found
}

/** Waits until so many kernels are warm. */
async function warm(notebook: string, count: number): Promise<void> {
  await until(`${count} warm kernels`, async () => {
    const { ready } = await statusOf(notebook)
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

const shows = (value: string) => ({ result: { data: { 'text/plain': value } } })

describe('a notebook with warm kernels', () => {
  test('the first request starts a kernel, and the next ones take a warm one each', async () => {
    const first = await runOf('/run/counts.ipynb?number=2')
    expect(first).toMatchObject({ outcome: 'succeeded', kernelDeleted: true, ...shows('42') })
    expect(first).not.toHaveProperty('warm')
    await warm('/counts.ipynb', 2)
    const [second, third] = await Promise.all([
      runOf('/run/counts.ipynb?number=3'),
      runOf('/run/counts.ipynb?number=4'),
    ])
    expect(second).toMatchObject({ outcome: 'succeeded', kernelDeleted: null, ...shows('43') })
    expect(third).toMatchObject({ outcome: 'succeeded', kernelDeleted: null, ...shows('44') })
    expect(second.warm?.ageMs).toBeGreaterThan(0)
    expect(third.warm?.ageMs).toBeGreaterThan(0)
    expect(await statusOf('/counts.ipynb')).toMatchObject({ hits: 2, misses: 1, problem: null })
    const hits = service.process.entries().filter(({ event }) => event === 'pool_hit')
    expect(hits).toHaveLength(2)
    expect(hits[0]).toMatchObject({ notebook: '/counts.ipynb', ageMs: expect.any(Number) })
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
    for (const pid of descendantsOf(server.pid)) process.kill(pid, 'SIGKILL')
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
    for (let round = 0; round < 2; round += 1) {
      const report = await runOf('/run/fails.ipynb')
      expect(report).toMatchObject({ code: 'CELL_FAILED', status: 422 })
      await until('the failure', async () => (await statusOf('/fails.ipynb')).problem ?? undefined)
    }
    const failures = service.process.entries().filter(({ event }) => event === 'warm_failed')
    expect(failures).toMatchObject([{ severity: 'WARNING', notebook: '/fails.ipynb' }])
    expect(JSON.stringify(failures[0])).toContain('1 / 0')
  })

  test('a notebook without a parameters cell has none, which is said', async () => {
    expect(await runOf('/run/plain.ipynb')).toMatchObject(shows('42'))
    expect((await statusOf('/plain.ipynb')).problem).toContain('"parameters" or "setup"')
  })

  test('SIGTERM leaves no kernel', async () => {
    await runOf('/run/counts.ipynb')
    await warm('/counts.ipynb', 2)
    expect(await service.process.terminate()).toBe(0)
    expect(await server.kernels()).toEqual([])
  })
})
