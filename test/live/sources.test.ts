import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RunReport } from '../../src/events.ts'
import {
  command,
  commandProgram,
  endOf,
  type Ended,
  startCommand,
  startProgram,
} from '../support/command.ts'
import { Certificate } from '../support/certificate.ts'
import { describeWith } from '../support/describe_with.ts'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { notebookOf } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'
import { portOf } from '../support/port.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { StorageServer } from '../support/storage_server.ts'

const opened = new Opened()
let server: JupyterServer
let folder: string
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  folder = opened.use(await ScratchFolder.make('sources')).path
  env = { JUPYTER_TOKEN: server.token }
  await mkdir(join(server.root, 'data'))
})
afterAll(() => opened[Symbol.asyncDispose]())

const sum = JSON.stringify(notebookOf(['import os', '6 * 7']))
const whereAmI = JSON.stringify(notebookOf(['import os; os.path.basename(os.getcwd())']))

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

async function run(args: readonly string[], from = folder): Promise<Ended> {
  await using child = await startCommand([server.host, ...args, '--json'], env, from)
  return await endOf(child)
}

/** With the file as standard input. */
async function runPiped(file: string, args: readonly string[]): Promise<Ended> {
  const script = 'cat "$1" | "${@:2}"'
  const program = [process.execPath, commandProgram, server.host, ...args, '--json']
  await using child = await startProgram('bash', ['-c', script, 'bash', file, ...program], env)
  return await endOf(child)
}

function reportIn({ stdout }: Ended): RunReport {
  return JSON.parse(stdout)
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const resultOf = (ended: Ended) => reportIn(ended).result?.data['text/plain']

describe('a notebook that is not on the server', () => {
  test('runs from a file, and the report and the saved notebook say which', async () => {
    const path = await write('sum.ipynb', sum)
    const report = reportIn(await run([`file:${path}`, '-o', 'file:{name}-out.ipynb']))
    const source = { url: `file:${path}`, version: null, sha256: sha256(sum) }
    expect(report).toMatchObject({
      outcome: 'succeeded',
      notebook: `file:${path}`,
      source,
      result: { data: { 'text/plain': '42' } },
      outputs: [`file:${join(folder, 'sum-out.ipynb')}`],
    })
    const saved: unknown = JSON.parse(await readFile(join(folder, 'sum-out.ipynb'), 'utf8'))
    expect(saved).toMatchObject({
      metadata: { nbtrigger: { source }, papermill: { input_path: `file:${path}` } },
    })
    expect(await server.kernels()).toEqual([])
  })

  test('runs from a path that begins with "./" where the server does not have the file', async () => {
    await write('here.ipynb', sum)
    expect(resultOf(await run(['./here.ipynb']))).toBe('42')
  })

  test('of nbformat 3 runs, and is saved as nbformat 4.5', async () => {
    const cells = [{ cell_type: 'code', input: ['1 +\\\n', ' 1'], outputs: [], metadata: {} }]
    const old = { nbformat: 3, nbformat_minor: 0, metadata: {}, worksheets: [{ cells }] }
    await write('old.ipynb', JSON.stringify(old))
    expect(resultOf(await run(['file:old.ipynb', '-o', 'file:new.ipynb']))).toBe('2')
    const saved: unknown = JSON.parse(await readFile(join(folder, 'new.ipynb'), 'utf8'))
    expect(saved).toMatchObject({ nbformat: 4, nbformat_minor: 5, cells: [{ execution_count: 1 }] })
  })

  test('runs from standard input', async () => {
    const path = await write('piped.ipynb', sum)
    const output = join(folder, 'from {name}.ipynb')
    const report = reportIn(await runPiped(path, ['-', '-o', `file:${output}`]))
    expect(report).toMatchObject({
      outcome: 'succeeded',
      notebook: '-',
      source: { url: '-', version: null, sha256: sha256(sum) },
      result: { data: { 'text/plain': '42' } },
      outputs: [`file:${join(folder, 'from stdin.ipynb')}`],
    })
  })

  test('works in the root folder, or in the one of --cwd', async () => {
    const path = await write('where.ipynb', whereAmI)
    expect(resultOf(await run([`file:${path}`]))).toBe("'root'")
    expect(resultOf(await run([`file:${path}`, '--cwd', '/data']))).toBe("'data'")
  })

  test.each([
    {
      name: 'a file that is missing',
      args: ['file:nowhere.ipynb'],
      code: 'NOTEBOOK_NOT_FOUND',
      text: 'no such file',
    },
    { name: 'a folder', args: ['file:.'], code: 'NOTEBOOK_NOT_FOUND', text: 'it is a folder' },
    {
      name: 'a path with a slip',
      args: ['./sun.ipynb'],
      code: 'ARGUMENTS_INVALID',
      text: 'did you mean \\"sum.ipynb\\"?',
    },
    {
      name: 'an endless file',
      args: ['file:/dev/zero'],
      code: 'NOTEBOOK_INVALID',
      text: 'larger than 32 MiB',
    },
    {
      name: 'writing over the notebook',
      args: ['file:sum.ipynb', '-o', 'file:sum.ipynb'],
      code: 'ARGUMENTS_INVALID',
      text: 'that is the notebook itself',
    },
    {
      name: 'a missing folder',
      args: ['file:sum.ipynb', '--cwd', '/nowhere'],
      code: 'ARGUMENTS_INVALID',
      text: 'the server has no such folder',
    },
    {
      name: 'a file as the folder',
      args: ['file:sum.ipynb', '--cwd', '/workspaces/JupyterAPI_Test.ipynb'],
      code: 'ARGUMENTS_INVALID',
      text: 'the server has no such folder',
    },
    {
      name: 'a folder outside',
      args: ['file:sum.ipynb', '--cwd', '../x'],
      code: 'ARGUMENTS_INVALID',
      text: 'it contains \\"..\\"',
    },
  ])('refuses $name', async ({ args, code, text }) => {
    await write('sum.ipynb', sum)
    const ended = await run(args)
    expect(reportIn(ended)).toMatchObject({ error: { code } })
    expect(ended.stdout).toContain(text)
    expect(await server.kernels()).toEqual([])
  })

  test('shows its parameters', async () => {
    const cell = {
      type: 'code',
      source: 'a: int = 1  # how many',
      metadata: { tags: ['parameters'] },
    } as const
    const path = await write('typed.ipynb', JSON.stringify(notebookOf([cell])))
    const { stdout } = await command([server.host, `file:${path}`, '--help-notebook'], env)
    expect(stdout).toBe(`file:${path} takes these parameters:\n  a: int = 1  how many\n`)
  })
})

describe('a notebook in Cloud Storage', () => {
  test('runs in the newest generation, which the report names', async () => {
    await using storage = await StorageServer.start('reports')
    const emulated = { ...env, STORAGE_EMULATOR_HOST: storage.url }
    const first = storage.put('reports/sum.ipynb', whereAmI)
    const second = storage.put('reports/sum.ipynb', sum)
    const read = async (address: string) =>
      reportIn(await command([server.host, address, '--json'], emulated))
    const report = await read('gs://reports/sum.ipynb')
    expect(report).toMatchObject({
      notebook: 'gs://reports/sum.ipynb',
      source: { url: 'gs://reports/sum.ipynb', version: second, sha256: sha256(sum) },
      result: { data: { 'text/plain': '42' } },
    })
    const old = await read(`gs://reports/sum.ipynb#${first}`)
    expect(old.result?.data['text/plain']).toBe("'root'")
  })
})

describeWith('openssl', 'a notebook of a web server', () => {
  test('runs, and is asked for without the Jupyter token', async () => {
    await using certificate = await Certificate.make()
    const seen: IncomingHttpHeaders[] = []
    const files = { cert: await readFile(certificate.cert), key: await readFile(certificate.key) }
    const web = createServer(files, ({ headers }, response) => {
      seen.push(headers)
      response.writeHead(200, { ETag: '"v1"' }).end(sum)
    }).listen(0, '127.0.0.1')
    await once(web, 'listening')
    try {
      const url = `https://localhost:${portOf(web)}/nb/sum.ipynb`
      const trusting = { ...env, NODE_EXTRA_CA_CERTS: certificate.cert }
      const args = [server.host, `${url}?signature=s3cret-signature`, '--json', '--verbose']
      const ended = await command(args, trusting)
      expect(reportIn(ended)).toMatchObject({
        notebook: url,
        source: { url, version: '"v1"', sha256: sha256(sum) },
        result: { data: { 'text/plain': '42' } },
      })
      expect(ended.stdout + ended.stderr).not.toContain('s3cret-signature')
      expect(seen).toHaveLength(1)
      expect(JSON.stringify(seen)).not.toContain(server.token)
    } finally {
      web.closeAllConnections()
      web.close()
    }
  })
})

const ran = (notebook: string) => ['succeeded', notebook]

describe('the HTTP service', () => {
  test('runs notebooks from where NBTRIGGER_SOURCES says, and from nowhere else', async () => {
    await using storage = await StorageServer.start('reports', 'others')
    storage.put('reports/daily/sum.ipynb', sum)
    storage.put('others/sum.ipynb', sum)
    const start = async (sources?: string) =>
      await HttpFunction.start({
        JUPYTER_SERVER: server.host,
        JUPYTER_TOKEN: server.token,
        STORAGE_EMULATOR_HOST: storage.url,
        ...(sources !== undefined && { NBTRIGGER_SOURCES: sources }),
      })
    await using closed = await start()
    await using open = await start('daily=gs://reports/daily/,notebookContent')
    const notebookContent: unknown = JSON.parse(sum)
    const codes = async (service: HttpFunction) => {
      const bodies = [
        { notebook: 'gs://reports/daily/sum.ipynb' },
        { notebook: 'gs://others/sum.ipynb' },
        { notebookContent },
        { notebook: 'file:/etc/passwd' },
        { notebook: '-' },
      ]
      const answers = []
      for (const body of bodies) answers.push(await service.postJson('/', body))
      return answers.map(({ text }) => {
        const { outcome, code, notebook }: Record<string, unknown> = JSON.parse(text)
        return code ?? [outcome, notebook]
      })
    }
    const refused = 'SOURCE_NOT_ALLOWED'
    const local = ['ARGUMENTS_INVALID', 'ARGUMENTS_INVALID']
    expect(await codes(closed)).toEqual([refused, refused, refused, ...local])
    const address = 'gs://reports/daily/sum.ipynb'
    expect(await codes(open)).toEqual([ran(address), refused, ran('notebookContent'), ...local])
    const { text } = await open.get('/run/daily/sum.ipynb')
    expect(JSON.parse(text)).toMatchObject({ notebook: address, source: { sha256: sha256(sum) } })
    const parameters = await open.get('/parameters/daily/sum.ipynb')
    expect(JSON.parse(parameters.text)).toMatchObject({ notebook: address, parameters: null })
    const both = await open.postJson('/', { notebook: '/x.ipynb', notebookContent })
    expect([both.status, both.text]).toEqual([400, expect.stringContaining('keep one of them')])
  })
})

test('a notebook of the server works in the folder of --cwd', async () => {
  await server.writeNotebook('work/where.ipynb', ['import os; os.path.basename(os.getcwd())'])
  const report = reportIn(await run(['/work/where.ipynb', '--cwd', 'data/']))
  expect(report.result?.data['text/plain']).toBe("'data'")
  expect(report).not.toHaveProperty('source')
})
