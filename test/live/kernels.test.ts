import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunReport } from '../../src/events.ts'
import { describeWith } from '../support/describe_with.ts'
import { inBackground } from '../support/in_background.ts'
import type { JupyterOptions } from '../support/jupyter_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installKernel, installOptionalKernels } from '../support/kernels.ts'
import { Opened } from '../support/opened.ts'
import { pythonEnvironment } from '../support/python_environment.ts'
import { runArgs } from '../support/run_args.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { until } from '../support/until.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const typescript = { kernelName: 'deno', language: 'typescript' }
const r = { kernelName: 'ir', language: 'R' }

describe('on a current Jupyter Server', () => holdsOn({}))
describeWith('debian-jupyter', 'on Jupyter Server 1.23', () => holdsOn({ kind: 'debian' }))

function holdsOn(options: JupyterOptions): void {
  const opened = new Opened()
  let server: JupyterServer

  beforeAll(async () => {
    server = opened.use(await startWithKernels(options, opened))
  })
  afterAll(() => opened[Symbol.asyncDispose]())
  afterEach(async () => expect(await server.kernels()).toEqual([]))

  const run = async (notebook: string, ...flags: readonly string[]): Promise<RunReport> => {
    const args = [server.host, notebook, ...flags]
    return (await runArgs(args, { JUPYTER_TOKEN: server.token })).report
  }

  test('a run of the reference notebook has the result 15', async () => {
    const report = await run(reference)
    expect(report).toMatchObject({
      outcome: 'succeeded',
      server: `${server.url}/`,
      notebook: reference,
      kernel: { name: 'python3' },
      kernelDeleted: true,
      cells: { total: 3, executed: 3, skipped: 0, failed: 0 },
      result: { data: { 'text/plain': '15' }, execution_count: 3 },
      outputComplete: true,
      warnings: [],
    })
    expect(report).not.toHaveProperty('error')
  })

  test('a run ends at the first cell that fails', async () => {
    const mark = 'open("mark", "w").close()'
    await server.writeNotebook('failing.ipynb', [{ type: 'markdown', source: '#' }, '1/0', mark])
    expect(await run('/failing.ipynb')).toMatchObject({
      outcome: 'failed',
      kernelDeleted: true,
      cells: { total: 2, executed: 1, skipped: 1, failed: 1 },
      result: null,
      error: {
        code: 'CELL_FAILED',
        retryable: false,
        cell: { index: 1, id: 'cell-1', source: '1/0' },
        ename: 'ZeroDivisionError',
        evalue: 'division by zero',
        traceback: expect.arrayContaining([expect.stringContaining('----> 1')]),
      },
    })
    expect(existsSync(join(server.root, 'mark'))).toBe(false)
  })

  test('a run continues after a failing cell with --allow-errors', async () => {
    await server.writeNotebook('tolerant.ipynb', ['1/0', '6 * 7'])
    expect(await run('/tolerant.ipynb', '--allow-errors')).toMatchObject({
      outcome: 'succeeded',
      cells: { total: 2, executed: 2, skipped: 0, failed: 1 },
      result: { data: { 'text/plain': '42' } },
    })
  })

  test("the kernel's working directory is the notebook's folder", async () => {
    const folder = 'Berichte für Übung/täglich 50% #1'
    await server.writeNotebook(`${folder}/数.ipynb`, ['import os', 'print(os.getcwd())'])
    const report = await run(`/${folder}/数.ipynb`)
    expect(report.result?.data).toEqual({ 'text/plain': `${join(server.root, folder)}\n` })
  })

  test('a notebook whose kernel is missing runs in another kernel of its language', async () => {
    await server.writeNotebook('other.ipynb', ['5 + 10'], { kernelName: 'conda-env' })
    const report = await run('/other.ipynb')
    expect(report).toMatchObject({
      outcome: 'succeeded',
      kernel: { name: 'python3' },
      result: { data: { 'text/plain': '15' } },
    })
    expect(report.warnings).toEqual([
      'The notebook asks for the kernel "conda-env", which the server does not have; ' +
        'runs in "python3" (python)',
    ])
  })

  test('the case of a kernel name does not matter', async () => {
    const cells = ['import os', 'print(os.environ["WHICH_ENV"])']
    await server.writeNotebook('cased.ipynb', cells, { kernelName: 'SalesEnv' })
    await server.writeNotebook('plain.ipynb', cells)
    const itsOwn = {
      outcome: 'succeeded',
      result: { data: { 'text/plain': 'SalesEnv\n' } },
      warnings: [],
    }
    expect(await run('/cased.ipynb')).toMatchObject(itsOwn)
    expect(await run('/plain.ipynb', '-k', 'SALESENV')).toMatchObject(itsOwn)
  })

  test('the kernel "python" is "python3"', async () => {
    const found = { outcome: 'succeeded', kernel: { name: 'python3' }, warnings: [] }
    expect(await run(reference, '--kernel', 'python')).toMatchObject(found)
    await server.writeNotebook('old.ipynb', ['5 + 10'], { kernelName: 'python' })
    expect(await run('/old.ipynb')).toMatchObject(found)
  })

  test('a notebook in a language without a kernel starts nothing', async () => {
    const julia = { kernelName: 'julia-1.9', language: 'julia' }
    await server.writeNotebook('julia.ipynb', ['5 + 10'], julia)
    expect(await run('/julia.ipynb')).toMatchObject({
      outcome: 'error',
      kernel: null,
      error: { code: 'KERNEL_NOT_FOUND', message: expect.stringContaining('"python3"') },
    })
  })

  test('--kernel with an unknown name starts nothing', async () => {
    expect(await run(reference, '--kernel', 'nope')).toMatchObject({
      outcome: 'error',
      kernel: null,
      kernelDeleted: null,
      cells: { total: 3, executed: 0, skipped: 3, failed: 0 },
      error: { code: 'KERNEL_NOT_FOUND', message: expect.stringContaining('"python3"') },
    })
  })

  test('--kernel-id runs in an existing kernel with its variables, and leaves it running', async () => {
    const { body } = await server.request('POST', '/api/kernels', { name: 'python3' })
    const { id }: { readonly id: string } = JSON.parse(body)
    await server.writeNotebook('sets.ipynb', ['kept = 40', 'kept'])
    await server.writeNotebook('reads.ipynb', ['kept + 2'])
    expect(await run('/sets.ipynb', '--kernel-id', id)).toMatchObject({
      outcome: 'succeeded',
      kernel: { id, name: 'python3' },
      kernelDeleted: null,
    })
    const second = await run('/reads.ipynb', '--kernel-id', id)
    expect(second).toMatchObject({ result: { data: { 'text/plain': '42' } } })
    expect(await server.kernels()).toMatchObject([{ id }])
    await removeKernel(server, id)
  })

  test('--kernel-id in two runs at once leads to a warning in both reports', async () => {
    const { body } = await server.request('POST', '/api/kernels', { name: 'python3' })
    const { id }: { readonly id: string } = JSON.parse(body)
    const both = join(server.root, 'both')
    const wait = `while not os.path.exists("${both}"): time.sleep(0.05)\ntime.sleep(1)`
    await server.writeNotebook('first.ipynb', ['import os, time', wait, '"over"'])
    await server.writeNotebook('second.ipynb', ['1', '2'])
    let ended: RunReport | null = null
    const first = run('/first.ipynb', '--kernel-id', id).then((report) => (ended = report))
    await until('a busy kernel', async () => {
      const [kernel] = await server.kernels()
      return kernel?.execution_state === 'busy' || ended !== null || undefined
    })
    expect(ended).toBeNull()
    const second = inBackground(run('/second.ipynb', '--kernel-id', id))
    await until('both clients', async () => {
      const [kernel] = await server.kernels()
      return kernel?.connections === 2 || undefined
    })
    await writeFile(both, '')
    for (const report of [await second, await first]) {
      expect(report.outcome).toBe('succeeded')
      expect(report.warnings).toEqual([
        expect.stringMatching(`^Another run used the kernel ${id} during this run`),
      ])
    }
    const alone = await run('/second.ipynb', '--kernel-id', id)
    expect(alone.warnings).toEqual([])
    await removeKernel(server, id)
  })

  test('--kernel-id with an unknown id is an error', async () => {
    const id = '00000000-0000-4000-8000-000000000000'
    expect(await run(reference, '--kernel-id', id)).toMatchObject({
      outcome: 'error',
      kernelDeleted: null,
      error: { code: 'KERNEL_NOT_FOUND', message: expect.stringContaining(id) },
    })
  })

  test('--keep-kernel leaves the kernel running and prints its id', async () => {
    await server.writeNotebook('keeps.ipynb', ['kept = 40', '"done"'])
    const report = await run('/keeps.ipynb', '--keep-kernel')
    const id = report.kernel?.id ?? ''
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: null })
    expect(await server.kernels()).toMatchObject([{ id, name: 'python3' }])
    await removeKernel(server, id)
  })

  describeWith('r-kernel', 'the kernel of R', () => {
    test('the displayed value is the result', async () => {
      await server.writeNotebook('r.ipynb', ['add <- function(a, b) a + b', 'add(5, 10)'], r)
      expect(await run('/r.ipynb')).toMatchObject({
        outcome: 'succeeded',
        kernel: { name: 'ir' },
        kernelDeleted: true,
        result: { data: { 'text/plain': '[1] 15' }, execution_count: 2 },
      })
    })

    test('a cell that fails ends the run', async () => {
      await server.writeNotebook('r.ipynb', ['stop("no more")', '1'], r)
      expect(await run('/r.ipynb')).toMatchObject({
        outcome: 'failed',
        cells: { total: 2, executed: 1, skipped: 1, failed: 1 },
        error: { code: 'CELL_FAILED', evalue: expect.stringContaining('no more') },
      })
    })

    test('--kernel starts it for a notebook of another kernel', async () => {
      await server.writeNotebook('python.ipynb', ['5 + 10'])
      expect(await run('/python.ipynb', '-k', 'ir')).toMatchObject({
        kernel: { name: 'ir' },
        result: { data: { 'text/plain': '[1] 15' } },
        warnings: [],
      })
    })
  })

  describeWith('deno', 'the kernel of TypeScript', () => {
    test('the value is the result, ten times out of ten', async () => {
      const cells = ['const x: number = 5', 'console.log("on the way")', 'x + 10']
      await server.writeNotebook('ts.ipynb', cells, typescript)
      const id = (await run('/ts.ipynb', '--keep-kernel')).kernel?.id ?? ''
      await server.writeNotebook('value.ipynb', ['x + 10'], typescript)
      for (let times = 0; times < 9; times += 1) {
        expect(await run('/value.ipynb', '--kernel-id', id)).toMatchObject({
          outcome: 'succeeded',
          kernel: { id, name: 'deno' },
          result: { data: { 'text/plain': '15' } },
        })
      }
      await removeKernel(server, id)
    })

    test('a cell that fails ends the run', async () => {
      await server.writeNotebook('ts.ipynb', ['throw new Error("no more")', '1'], typescript)
      expect(await run('/ts.ipynb')).toMatchObject({
        outcome: 'failed',
        kernelDeleted: true,
        cells: { total: 2, executed: 1, skipped: 1, failed: 1 },
        error: { code: 'CELL_FAILED', ename: 'Error', evalue: 'no more' },
      })
    })
  })
}

async function startWithKernels(options: JupyterOptions, opened: Opened): Promise<JupyterServer> {
  const { path } = opened.use(await ScratchFolder.make('kernels'))
  await installOptionalKernels(path)
  await installSalesKernel(path, options)
  return JupyterServer.start({ ...options, jupyterPath: [path], pythonKernel: 'as installed' })
}

/** A Python kernel whose folder has capitals in its name, which Jupyter lists in lower case. */
async function installSalesKernel(path: string, { kind }: JupyterOptions): Promise<void> {
  const python = kind === 'debian' ? '/usr/bin/python3' : (await pythonEnvironment()).bin('python')
  const argv = [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}']
  await installKernel(path, 'SalesEnv', {
    language: 'python',
    argv,
    env: { WHICH_ENV: 'SalesEnv' },
  })
}

async function removeKernel(server: JupyterServer, id: string): Promise<void> {
  expect((await server.request('DELETE', `/api/kernels/${id}`)).status).toBe(204)
}
