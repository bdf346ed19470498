import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunReport } from '../../src/events.ts'
import type { Child } from '../support/child.ts'
import { type Ended, endOf, startCommand } from '../support/command.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { ResumedRuns } from '../support/resumed_runs.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { Random } from '../support/soak/random.ts'
import { until } from '../support/until.ts'

const opened = new Opened()
const secret = 'a-secret-that-is-long-enough-9'
let server: JupyterServer
let folder: string
let checkpoints: string
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  folder = opened.use(await ScratchFolder.make('resume')).path
  checkpoints = join(folder, 'checkpoints')
  env = { JUPYTER_TOKEN: server.token, NBTRIGGER_CHECKPOINTS: checkpoints, PASSWORD: secret }
  await server.writeNotebook('slow.ipynb', [
    'import os, time\nfile = "lines"',
    'def note(line):\n    with open(file, "a") as f: f.write(line)\nnote("a")\nprint(password)',
    'note("b")\nprint("begun", flush=True)\nwhile not os.path.exists("go"): time.sleep(0.05)\nprint("over")',
    'note("c")\n6 * 7',
  ])
})
afterAll(() => opened[Symbol.asyncDispose]())

interface Begun {
  readonly child: Child
  readonly runId: string
}

/** Begins a run that waits in its third cell for the file "go" in its folder, and then returns. */
async function begin(name: string, args: readonly string[] = []): Promise<Begun> {
  await server.writeNotebook(`${name}/slow.ipynb`, await slowCells())
  const all = [server.host, `/${name}/slow.ipynb`, '--secret', 'password', 'PASSWORD', ...args]
  const child = opened.use(await startCommand([...all, '--resumable', '--json'], env))
  const line = await child.untilLine(/--resume/)
  await until('the third cell', async () => {
    return (await linesOf(name)) === 'ab' && child.stderr.includes('[3/4]') ? true : undefined
  })
  return { child, runId: line.split(' ').at(-1) ?? '' }
}

async function slowCells(): Promise<readonly string[]> {
  const { cells } = JSON.parse(await readFile(join(server.root, 'slow.ipynb'), 'utf8'))
  return cells.map(({ source }: { readonly source: string }) => source)
}

async function linesOf(name: string): Promise<string> {
  return await readFile(join(server.root, name, 'lines'), 'utf8').catch(() => '')
}

async function letGo(name: string): Promise<void> {
  await server.request('PUT', `/api/contents/${name}/go`, {
    type: 'file',
    format: 'text',
    content: '',
  })
}

async function kill({ child }: Begun): Promise<void> {
  process.kill(child.pid, 'SIGKILL')
  await child.ended()
}

async function call(...args: readonly string[]): Promise<Ended & { readonly report: RunReport }> {
  await using child = await startCommand([...args, '--json'], env)
  const ended = await endOf(child)
  return { ...ended, report: JSON.parse(ended.stdout) }
}

describe('a run whose process was killed in a cell', () => {
  test('goes on in the same kernel, and is one run in its report', async () => {
    const begun = await begin('one', ['-o', `file:${join(folder, 'one.ipynb')}`])
    const { child, runId } = begun
    await kill(begun)
    const files = await readdir(join(checkpoints, runId))
    const texts = await Promise.all(
      files.map((file) => readFile(join(checkpoints, runId, file), 'utf8')),
    )
    expect(texts.join()).toContain('note(\\"b\\")')
    expect(texts.join()).not.toContain(secret)
    expect(texts.join()).not.toContain(server.token)

    await letGo('one')
    const { report, status } = await call('--resume', runId)
    expect(status).toBe(0)
    expect(report).toMatchObject({
      outcome: 'succeeded',
      runId,
      cells: { total: 4, executed: 4, skipped: 0, failed: 0 },
      result: { data: { 'text/plain': '42' } },
      kernelDeleted: true,
      outputComplete: false,
      warnings: [expect.stringContaining('ended during cell 2, and another one went on')],
      resumed: [{ at: expect.any(String), afterMs: expect.any(Number) }],
    })
    expect(report.durationMs).toBeGreaterThanOrEqual(report.resumed?.[0]?.afterMs ?? NaN)
    expect(await linesOf('one')).toBe('abc')
    const { cells } = JSON.parse(await readFile(join(folder, 'one.ipynb'), 'utf8'))
    expect(cells[1].outputs).toMatchObject([{ text: ['[redacted]\n'] }])
    expect(cells[2].outputs.flatMap(({ text }: { text: string[] }) => text)).toContain('over\n')
    expect(cells.map((cell: { execution_count: number }) => cell.execution_count)).toEqual([
      1, 2, 3, 4,
    ])
    expect(child.stderr).toContain(`To resume this run: nbtrigger --resume ${runId}`)

    const again = await call('--resume', runId)
    expect(again.status).toBe(2)
    expect(again.report.error?.message).toContain('there is no checkpoint of it in')
  })

  test('is taken over by one of two processes that resume it', async () => {
    const begun = await begin('two')
    await kill(begun)
    const both = [call('--resume', begun.runId), call('--resume', begun.runId)]
    await Promise.race(both) // the one that is refused: the other cannot end yet
    await letGo('two')
    const ended = await Promise.all(both)
    const codes = ended.map(({ report }) => report.error?.code ?? report.outcome)
    expect(codes.toSorted()).toEqual(['TAKEN_OVER', 'succeeded'])
    const other = ended.find(({ report }) => report.error?.code === 'TAKEN_OVER')
    expect(other?.report).toMatchObject({ outcome: 'error', kernelDeleted: null, outputs: [] })
    expect(await linesOf('two')).toBe('abc')
  })

  test('is ended for good by "nbtrigger cancel"', async () => {
    const begun = await begin('three')
    await kill(begun)
    const { report, status } = await call('cancel', begun.runId)
    expect(report).toMatchObject({ outcome: 'cancelled', kernelDeleted: true })
    expect(status).toBe(0)
    expect(await server.kernels()).toEqual([])
    expect(await readdir(checkpoints)).not.toContain(begun.runId)
  })

  test('ends its cell in a kernel that is kept when it is cancelled', async () => {
    const begun = await begin('four', ['--keep-kernel'])
    await kill(begun)
    const { report } = await call('cancel', begun.runId)
    expect(report).toMatchObject({ outcome: 'cancelled', kernelDeleted: null })
    await until('the end of the cell', async () => {
      const [kernel] = await server.kernels()
      return kernel?.execution_state === 'idle' || undefined
    })
    await server.request('DELETE', `/api/kernels/${report.kernel?.id}`)
    expect(await linesOf('four')).toBe('ab')
  })
})

describe('a resumable run', () => {
  test('is left by SIGTERM, and no other process may take it before', async () => {
    const begun = await begin('five')
    const early = await call('--resume', begun.runId)
    expect(early.report.error?.message).toMatch(/process \d+ on \S+ still performs it/)
    process.kill(begun.child.pid, 'SIGTERM')
    const { status, stdout } = await endOf(begun.child)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'SUSPENDED' }, kernelDeleted: null })
    expect(status).toBe(130)
    await letGo('five')
    const { report } = await call('--resume', begun.runId)
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true })
    expect(await linesOf('five')).toBe('abc')
  })

  test.each([
    { name: 'a secret in a parameter', args: ['-p', 'x', secret], reason: /hold a secret/ },
    { name: 'a server of JupyterHub', args: ['--hub'], reason: /together with "--hub"/ },
    { name: 'nothing to run', args: ['--prepare-only'], reason: /with "--prepare-only"/ },
  ])('is refused for $name', async ({ args, reason }) => {
    const secrets = ['--secret', 'password', 'PASSWORD']
    const all = [server.host, '/slow.ipynb', ...secrets, '--resumable', ...args]
    const { report, status, stderr } = await call(...all)
    expect(report.error?.message).toMatch(reason)
    expect(status).toBe(2)
    expect(stderr).not.toContain('To resume this run')
  })

  test('does not begin where it cannot be written down', async () => {
    const path = join(folder, 'no-folder')
    await writeFile(path, '')
    const own = { ...env, NBTRIGGER_CHECKPOINTS: join(path, 'checkpoints') }
    await using child = await startCommand([server.host, '/slow.ipynb', '--resumable'], own)
    const { status, stderr } = await endOf(child)
    expect(stderr).toContain('[CHECKPOINT_FAILED]')
    expect(stderr).not.toContain('To resume this run')
    expect(status).toBe(3)
  })
})

test('runs that are killed at random moments run every cell once', async () => {
  const resumed = new ResumedRuns(server, folder)
  await resumed.prepare()
  const [first, second] = await Promise.all([
    resumed.run('resumed_succeeds.ipynb', 2, new Random(3)),
    resumed.run('resumed_fails.ipynb', 2, new Random(4)),
  ])
  expect(first.troubles).toEqual([])
  expect(second.troubles).toEqual([])
  expect(await server.kernels()).toEqual([])
})
