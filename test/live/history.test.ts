import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createRunId } from '../../src/util/run_id.ts'
import { command } from '../support/command.ts'
import { FunctionProcess } from '../support/function_process.ts'
import { callHttp } from '../support/http_call.ts'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { StorageServer } from '../support/storage_server.ts'

const key = 'a-key-of-this-service'
const secret = 'Tr0ub4dor-and-3'
const opened = new Opened()
let jupyter: JupyterServer
let storage: StorageServer
let folder: string
let service: HttpFunction
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  jupyter = opened.use(await JupyterServer.start())
  storage = opened.use(await StorageServer.start('runs-bucket'))
  folder = opened.use(await ScratchFolder.make('history')).path
  env = {
    JUPYTER_SERVER: jupyter.host,
    JUPYTER_TOKEN: jupyter.token,
    STORAGE_EMULATOR_HOST: storage.url,
  }
  service = opened.use(
    await HttpFunction.start({
      ...env,
      NBTRIGGER_RUNS: '/history',
      NBTRIGGER_HTTP_KEY: key,
      NBTRIGGER_HTTP_PAGE: '1',
    }),
  )
  await jupyter.writeNotebook('daily.ipynb', [
    { type: 'code', source: 'n = 1', metadata: { tags: ['parameters'] } },
    'print(f"n is {n!r}")\nn * 2',
  ])
  await jupyter.writeNotebook('failing.ipynb', ['1/0'])
  await jupyter.writeNotebook('leaking.ipynb', ['print(password, text)\npassword'])
})
afterAll(() => opened[Symbol.asyncDispose]())

async function listed(query = ''): Promise<{ runs: Record<string, unknown>[]; next: unknown }> {
  const answer = await service.get(`/runs${query}`)
  expect(answer.status).toBe(200)
  return JSON.parse(answer.text)
}

async function runId(path: string): Promise<string> {
  return String((await service.get(path)).headers['nbtrigger-run-id'])
}

describe('a history on the Jupyter Server', () => {
  let good: string
  let bad: string

  beforeAll(async () => {
    good = await runId('/run/daily.ipynb?n=1.0')
    bad = await runId('/run/failing.ipynb')
  })

  test('lists the runs by request, the newest first, with their parameters', async () => {
    const { runs, next } = await listed()
    expect(next).toBeNull()
    expect(runs).toMatchObject([
      {
        runId: bad,
        outcome: 'failed',
        notebook: '/failing.ipynb',
        error: { code: 'CELL_FAILED' },
      },
      {
        runId: good,
        outcome: 'succeeded',
        notebook: '/daily.ipynb',
        startedBy: 'request',
        parameters: [{ name: 'n', text: '1.0', isComplete: true }],
        error: null,
        hasNotebook: true,
      },
    ])
    const idsFor = async (query: string) => (await listed(query)).runs.map((run) => run['runId'])
    expect(await idsFor('?notebook=/daily.ipynb')).toEqual([good])
    expect(await idsFor('?notebook=daily.ipynb&outcome=failed')).toEqual([])
    expect(await idsFor('?outcome=failed')).toEqual([bad])
    expect(await idsFor(`?before=${bad}`)).toEqual([good])
    expect(await listed('?limit=1')).toMatchObject({ runs: [{ runId: bad }], next: bad })
  })

  test('gives a run as its report, its notebook, its page and its result', async () => {
    const report = await service.get(`/runs/${bad}`)
    expect([report.status, JSON.parse(report.text)]).toMatchObject([
      200,
      { runId: bad, startedBy: 'request', report: { runId: bad, error: { code: 'CELL_FAILED' } } },
    ])
    const notebook = await service.get(`/runs/${good}`, 'application/x-ipynb+json')
    expect(JSON.parse(notebook.text)).toMatchObject({ nbformat: 4 })
    expect(notebook.text).toContain('n is 1.0')
    const page = await service.get(`/runs/${bad}`, 'text/html')
    expect([page.status, page.headers['content-security-policy']]).toEqual([
      200,
      expect.stringContaining('sandbox'),
    ])
    expect(page.text).toContain('ZeroDivisionError')
    expect((await service.get(`/runs/${good}?result`)).text).toBe('2.0')
    expect((await service.get(`/runs/${good}`, 'image/png')).status).toBe(406)
  })

  test('does not know other runs, nor wrong questions', async () => {
    for (const id of [createRunId(), '__proto__', '..%2F..', 'x'.repeat(5_000)]) {
      const answer = await service.get(`/runs/${id}`)
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([404, 'RUN_NOT_FOUND'])
    }
    for (const query of ['?outcome=lost', '?before=x', '?limit=0', '?limit=1000']) {
      const answer = await service.get(`/runs${query}`)
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'ARGUMENTS_INVALID'])
    }
  })

  test('opens the page for a link in a browser, and shows data with the key alone', async () => {
    const { port } = service.process
    const opening = { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Site': 'cross-site' }
    const link = await callHttp(port, { path: `/runs/${good}`, headers: opening })
    expect([link.status, link.headers['location'], link.text]).toEqual([
      303,
      `../#runs/${good}`,
      '',
    ])
    const refused = [
      await callHttp(port, { path: `/runs/${good}` }),
      await callHttp(port, { path: '/runs' }),
      await callHttp(port, { path: '/runs', headers: opening }),
      await callHttp(port, { method: 'DELETE', path: `/runs/${good}`, headers: opening }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    const headers = { Authorization: `Bearer ${key}`, 'Sec-Fetch-Site': 'cross-site' }
    const foreign = await callHttp(port, { path: `/runs/${good}`, headers })
    expect(foreign.status).toBe(403)
  })

  test('keeps runs that were refused, too, with the parameters that could be read', async () => {
    const refused = await service.get(`/runs/${await runId('/run/daily.ipynb?n=5&warm=0')}`)
    expect(JSON.parse(refused.text)).toMatchObject({
      notebook: '/daily.ipynb',
      parameters: [{ name: 'n', text: '5' }],
      error: { code: 'ARGUMENTS_INVALID' },
    })
    const id = await runId('/run/none.ipynb')
    const answer = await service.get(`/runs/${id}`, 'application/json')
    expect(JSON.parse(answer.text)).toMatchObject({ outcome: 'error', hasNotebook: false })
    expect((await service.get(`/runs/${id}`, 'text/html')).status).toBe(404)
  })
})

describe('a history in a folder', () => {
  test('keeps runs of the command, without secrets', async () => {
    const store = { NBTRIGGER_RUNS: `file:${folder}/runs`, MY_PASSWORD: secret }
    const args = ['/leaking.ipynb', '--secret', 'password', 'MY_PASSWORD', '--json']
    const ended = await command([...args, '-p', 'text', `of ${secret}`], { ...env, ...store })
    expect(ended.status).toBe(0)
    const files = await readdir(`${folder}/runs`, { recursive: true, withFileTypes: true })
    const texts = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async (file) => await readFile(join(file.parentPath, file.name), 'utf8')),
    )
    expect(texts).toHaveLength(3)
    for (const text of texts) {
      expect(text).toContain('[redacted]')
      expect(text).not.toContain(secret)
      expect(text).not.toContain(jupyter.token)
    }
    const recorded = texts.map((text) => JSON.parse(text)).find((value) => 'startedBy' in value)
    expect(recorded).toMatchObject({
      startedBy: 'command',
      parameters: [{ name: 'text', text: 'of [redacted]', isComplete: false }],
    })
  })
})

describe('a history in Cloud Storage', () => {
  test('keeps runs by message, and the log of one that failed leads to its notebook', async () => {
    const store = { NBTRIGGER_RUNS: 'gs://runs-bucket/all' }
    await using served = await FunctionProcess.start({ env: { ...env, ...store } })
    expect(await served.deliver('/failing.ipynb')).toBe(204)
    const failed = await served.waitForEntry(({ event }) => event === 'run_finished')
    const [, name = ''] = /_details\/(.*)$/.exec(String(failed['executedNotebook'])) ?? []
    expect(storage.objects.get(name)?.bytes.toString()).toContain('ZeroDivisionError')
    expect(await served.deliver('/daily.ipynb -p n 5')).toBe(204)
    const runs = [...storage.objects].filter(([path]) => path.startsWith('runs-bucket/all/runs/'))
    expect(runs.map(([, { bytes }]) => JSON.parse(bytes.toString()))).toMatchObject([
      { startedBy: 'message', outcome: 'failed' },
      { startedBy: 'message', outcome: 'succeeded', parameters: [{ name: 'n', text: '5' }] },
    ])
  })

  test('that cannot be written is a warning of a run that succeeds', async () => {
    const store = { NBTRIGGER_RUNS: 'gs://another-bucket/all' }
    const ended = await command(['/daily.ipynb', '--json'], { ...env, ...store })
    expect([ended.status, JSON.parse(ended.stdout)]).toMatchObject([
      0,
      {
        outcome: 'succeeded',
        warnings: [expect.stringMatching(/^Cannot record the run .*there is no bucket/)],
      },
    ])
  })
})

describe('the HTTP service', () => {
  test('does not start with a store that cannot be used', async () => {
    const started = HttpFunction.start({ ...env, NBTRIGGER_RUNS: 's3://bucket' })
    const message = await started.then(() => 'it started', String)
    expect(message).toContain('NBTRIGGER_RUNS')
  })

  test('says how to keep a history where none is kept', async () => {
    await using other = await HttpFunction.start(env)
    const answer = await other.get('/runs')
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      404,
      { code: 'ROUTE_NOT_FOUND', detail: expect.stringContaining('NBTRIGGER_RUNS') },
    ])
  })
})
