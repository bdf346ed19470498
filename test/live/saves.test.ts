import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RunReport } from '../../src/events.ts'
import { isRecord } from '../../src/util/record.ts'
import { inBackground } from '../support/in_background.ts'
import { command, endOf, startCommand } from '../support/command.ts'
import { FunctionProcess } from '../support/function_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { validateNotebook } from '../support/nbformat.ts'
import type { CellSource } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { StorageServer } from '../support/storage_server.ts'
import { telling } from '../support/controlled_cells.ts'

const opened = new Opened()
let server: JupyterServer
let storage: StorageServer
let folder: string
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  storage = opened.use(await StorageServer.start('results'))
  folder = opened.use(await ScratchFolder.make('saves')).path
  env = { JUPYTER_TOKEN: server.token, STORAGE_EMULATOR_HOST: storage.url }
})
afterAll(() => opened[Symbol.asyncDispose]())

/** Each cell of code and how far it came; a marker of the error is "!". */
async function statusesIn(file: string): Promise<readonly unknown[]> {
  await validateNotebook(file)
  const { cells }: { cells: readonly unknown[] } = JSON.parse(await readFile(file, 'utf8'))
  return cells.map((cell) => {
    if (!isRecord(cell) || !isRecord(cell['metadata'])) return cell
    const { papermill, tags } = cell['metadata']
    if (isRecord(papermill)) return papermill['status']
    return JSON.stringify(tags) === '["papermill-error-cell-tag"]' ? '!' : cell
  })
}

const brokenOff = ['!', 'completed', '!', 'failed', 'pending']

/** Writes a notebook; returns what resolves when its second cell runs, which does not end. */
async function writeEndless() {
  const { cell, begun } = telling(server, 'while True: pass')
  await server.writeNotebook('endless.ipynb', ['"before"', cell, '"never"'])
  return begun
}

describe('the executed notebook is saved', () => {
  test.each<[string, string, readonly string[], string]>([
    ['a cell fails', '1/0', [], 'CELL_FAILED'],
    ['a cell takes too long', 'while True: pass', ['--cell-timeout', '3'], 'CELL_TIMED_OUT'],
    ['the run takes too long', 'while True: pass', ['--timeout', '15'], 'RUN_TIMED_OUT'],
    ['the kernel dies', 'import os; os._exit(1)', [], 'KERNEL_DIED'],
  ])('at every destination when %s', async (name, source, args, code) => {
    await server.writeNotebook('breaks.ipynb', ['"before"', source, '"never"'])
    const file = join(folder, `${name}.ipynb`)
    const places = [`/${name}.ipynb`, `file:${file}`, `gs://results/${name}.ipynb`]
    const flags = [...args, '--json', ...places.flatMap((place) => ['-o', place])]
    const { stdout } = await command([server.host, '/breaks.ipynb', ...flags], env)
    const report: RunReport = JSON.parse(stdout)
    expect([report.error?.code, report.outputs]).toEqual([code, places])
    expect(await statusesIn(file)).toEqual(brokenOff)
    expect(await statusesIn(join(server.root, `${name}.ipynb`))).toEqual(brokenOff)
    const object = storage.objects.get(`results/${name}.ipynb`)
    expect(object?.bytes.toString()).toBe(await readFile(file, 'utf8'))
  })

  test('when the command is stopped', async () => {
    const begun = await writeEndless()
    const file = join(folder, 'stopped.ipynb')
    const args = [server.host, '/endless.ipynb', '--verbose', '-o', `file:${file}`]
    await using child = await startCommand(args, env)
    await begun()
    process.kill(child.pid, 'SIGTERM')
    expect((await endOf(child)).status).toBe(130)
    expect(await statusesIn(file)).toEqual(brokenOff)
  })

  test("when the function's instance is stopped", async () => {
    const begun = await writeEndless()
    await using running = await FunctionProcess.start({
      env: { ...env, JUPYTER_SERVER: server.host },
    })
    const delivery = inBackground(running.deliver('/endless.ipynb -o /function.ipynb'))
    await begun()
    expect(await running.terminate()).toBe(0)
    expect(await delivery).toBe(204)
    expect(await statusesIn(join(server.root, 'function.ipynb'))).toEqual(brokenOff)
  })

  test('without overwriting the last good one when no kernel started', async () => {
    await server.writeNotebook('refused.ipynb', ['1'])
    const file = join(folder, 'good.ipynb')
    await writeFile(file, 'good')
    const args = [server.host, '/refused.ipynb', '-k', 'nope', '-o', `file:${file}`]
    expect((await command(args, env)).status).toBe(3)
    expect(await readFile(file, 'utf8')).toBe('good')
  })
})

describe('a saved notebook and its page', () => {
  const secret = 'pa%s"{w0rd}\\n<é>'
  /** Cells that show it in every part of an executed notebook. */
  const cells: readonly CellSource[] = [
    { type: 'code', source: 'given = ""', metadata: { tags: ['parameters'] } },
    'import ipywidgets as w, json, sys\nfrom IPython.display import HTML, display\nimport base64',
    'print(key, repr(key), ascii(key), json.dumps(key), key.encode().hex(), given)',
    'sys.stdout.write(key[:5]); sys.stdout.flush(); print(key[5:])',
    'display(w.Text(key), w.Image(value=key.encode()), w.HTML(f"<b>{key}</b>"))',
    'out = w.Output()\nwith out: print(key)\nout',
    'display({"application/json": {key: [key]}, "text/plain": key}, raw=True, metadata={key: key})',
    'import html; display(HTML(f"<p title=\\"{html.escape(key)}\\">{html.escape(key)}</p>"))',
    'print(f"{key[:5]}\\x1b[1m{key[5:]}\\x1b[0m {key[:9]}\\x1b[K{key[9:]}")',
    'for n in range(57): print(base64.encodebytes(b"u" * n + key.encode()).decode())',
    'base64.b64encode(b"u:" + key.encode()).decode()',
    '%xmode Verbose',
    'def shown(key): raise type(key, (Exception,), {})(key)\nshown(key)',
  ]

  test('contain no secret', async () => {
    await server.writeNotebook('secret.ipynb', cells)
    const place = join(folder, 'secret')
    const flags = ['--secret', 'key', 'KEY', '-r', 'given', secret, '--json', '--verbose']
    const places = [`file:${place}.ipynb`, `file:${place}.html`, '/secret out.ipynb']
    const args = ['/secret.ipynb', ...flags, ...places.flatMap((each) => ['-o', each])]
    const { stdout, stderr } = await command([server.host, ...args], { ...env, KEY: secret })
    const report: RunReport = JSON.parse(stdout)
    expect(report).toMatchObject({ outputs: places, cells: { failed: 1, skipped: 0 } })
    await validateNotebook(`${place}.ipynb`)
    const notebook = await readFile(`${place}.ipynb`, 'utf8')
    const page = await readFile(`${place}.html`, 'utf8')
    const kept = await readFile(join(server.root, 'secret out.ipynb'), 'utf8')
    for (const text of [notebook, page, kept, stdout, stderr]) {
      expect(text).toContain('[redacted]')
      expect(text.match(/.{0,60}(?:w0rd|cGEl|BhJX|wYSVz|7061257322).{0,60}/)).toBeNull()
      expect(text.replaceAll(/<[^>]*>/g, '')).not.toContain('w0rd')
      expect(text).not.toMatch(/x3MHJk|czcm|dzByZ|cwcmR9|MHJkf/)
    }
  })

  test('keep the sources when the token is a word', async () => {
    await using careless = await JupyterServer.start({ token: 'test' })
    const source = 'test_set = [1, 2]\nlatest = max(test_set)\nprint("a test")\nlatest'
    const note = {
      type: 'markdown',
      source: 'This test is mine',
      metadata: { test: ['test'] },
    } as const
    const given = { type: 'code', source: 'test = 0', metadata: { tags: ['parameters'] } } as const
    await careless.writeNotebook('test.ipynb', [note, given, source])
    const args = [
      '/test.ipynb',
      '--in-place',
      '-o',
      '/test.ipynb',
      '-o',
      '/test.html',
      '-p',
      'test',
      '1',
      '--json',
    ]
    const { stdout, stderr } = await command([careless.host, ...args], { JUPYTER_TOKEN: 'test' })
    const report: RunReport = JSON.parse(stdout)
    expect(report).toMatchObject({
      notebook: '/test.ipynb',
      outputs: ['/test.ipynb', '/test.html'],
    })
    expect(stderr.match(/JUPYTER_TOKEN is short or a word/g)).toHaveLength(1)
    const saved = JSON.parse(await readFile(join(careless.root, 'test.ipynb'), 'utf8'))
    const [first, , injected, last] = saved.cells
    expect(first).toMatchObject({ source: [note.source], metadata: note.metadata })
    expect(injected.source.join('')).toContain('= 1')
    expect(last.source.join('')).toBe(source)
    expect(last.outputs[0].text).toEqual(['a [redacted]\n'])
    expect(saved.metadata.papermill).toMatchObject({
      parameters: { test: 1 },
      input_path: '/test.ipynb',
    })
  })
})
