import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { command, type Ended } from '../support/command.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { validateNotebook } from '../support/nbformat.ts'

interface SavedCell {
  readonly source: readonly string[]
  readonly outputs: readonly object[]
  readonly execution_count: number | null
  readonly metadata: { readonly jupyter?: object; readonly tags?: readonly string[] }
}

const opened = new Opened()
let server: JupyterServer
let folder: string

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  folder = opened.use(await ScratchFolder.make('papermill')).path
  await server.writeNotebook('sum.ipynb', [
    { type: 'code', source: 'a = 1', metadata: { tags: ['parameters'], jupyter: { kept: 1 } } },
    'import sys; print("out"); print("err", file=sys.stderr)',
    'a + 1',
  ])
})
afterAll(() => opened[Symbol.asyncDispose]())

async function run(...args: readonly string[]): Promise<Ended> {
  return await command([server.host, ...args], { JUPYTER_TOKEN: server.token })
}

function cellsIn(text: string): readonly SavedCell[] {
  return JSON.parse(text).cells
}

const sourcesOf = (cells: readonly SavedCell[]) => cells.map(({ source }) => source.join(''))

describe("papermill's options", () => {
  test('--prepare-only saves the notebook with its parameters, and starts no kernel', async () => {
    const file = join(folder, 'prepared.ipynb')
    const output = `file:${file}`
    const { status, stderr } = await run(
      '/sum.ipynb',
      '-p',
      'a',
      '5',
      '--prepare-only',
      '-o',
      output,
    )
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('Kernel')])
    const cells = cellsIn(await readFile(file, 'utf8'))
    expect(sourcesOf(cells).slice(0, 2)).toEqual(['a = 1', '# Parameters\na = 5\n'])
    expect(cells.map(({ execution_count: count }) => count)).toEqual([null, null, null, null])
    await validateNotebook(file)
    expect(await server.kernels()).toEqual([])
  })

  test('--prepare-only needs no server for a file that is saved as a file', async () => {
    const [from, to] = [join(folder, 'from.ipynb'), join(folder, '{a:03d} {list[1]}.ipynb')]
    await writeFile(from, await readFile(join(server.root, 'sum.ipynb')))
    const args = ['-p', 'a', '5', '-y', 'list: [x, y]', '--prepare-only', '-o', `file:${to}`]
    const { status, stderr } = await command(['127.0.0.1:1', `file:${from}`, ...args], {
      JUPYTER_TOKEN: 'none',
    })
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('Waiting')])
    const cells = cellsIn(await readFile(join(folder, '005 y.ipynb'), 'utf8'))
    expect(sourcesOf(cells)[1]).toBe('# Parameters\nlist = ["x", "y"]\na = 5\n')
  })

  test('--report-mode marks all code as hidden, and keeps what else the metadata have', async () => {
    const file = join(folder, 'report.ipynb')
    await run('/sum.ipynb', '-p', 'a', '5', '--report-mode', '-o', `file:${file}`)
    const cells = cellsIn(await readFile(file, 'utf8'))
    const hidden = { source_hidden: true }
    expect(cells.map(({ metadata }) => metadata.jupyter)).toEqual([
      { kept: 1, ...hidden },
      hidden,
      hidden,
      hidden,
    ])
  })

  test('-o - writes the notebook to standard output, and nothing else', async () => {
    const { status, stdout, stderr } = await run('/sum.ipynb', '-o', '-')
    expect(status).toBe(0)
    const cells = cellsIn(stdout)
    expect(cells[2]?.outputs).toEqual([expect.objectContaining({ output_type: 'execute_result' })])
    expect(stderr).toContain('succeeded')
    const both = await run('/sum.ipynb', '-o', '-', '--json')
    expect([both.status, both.stdout]).toEqual([2, expect.stringContaining('ARGUMENTS_INVALID')])
  })

  test('--inject-paths sets the paths as parameters, which -p replaces', async () => {
    const file = join(folder, 'paths.ipynb')
    const output = `file:${file}`
    await run('/sum.ipynb', '--inject-paths', '-p', 'PAPERMILL_INPUT_PATH', 'mine', '-o', output)
    expect(sourcesOf(cellsIn(await readFile(file, 'utf8')))[1]).toBe(
      `# Parameters\nPAPERMILL_INPUT_PATH = "mine"\nPAPERMILL_OUTPUT_PATH = "${output}"\n`,
    )
  })

  test('--stdout-file and --stderr-file get what cells print', async () => {
    const [out, err] = [join(folder, 'out.txt'), join(folder, 'err.txt')]
    await run('/sum.ipynb', '--stdout-file', out, '--stderr-file', err)
    expect([await readFile(out, 'utf8'), await readFile(err, 'utf8')]).toEqual(['out\n', 'err\n'])
    const { status, stderr } = await run('/sum.ipynb', '--stdout-file', '/nowhere/x')
    expect([status, stderr]).toEqual([2, expect.stringContaining('"/nowhere/x": the system says')])
  })

  test('--json reports that a --stdout-file cannot be written, as any other error', async () => {
    const { status, stdout } = await run('/sum.ipynb', '--json', '--stdout-file', '/nowhere/x')
    expect(status).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      notebook: '/sum.ipynb',
      outcome: 'error',
      error: { code: 'ARGUMENTS_INVALID', message: expect.stringContaining('"/nowhere/x"') },
    })
  })

  test('--log-output shows outputs, and --no-progress-bar no cells', async () => {
    const args =
      '/sum.ipynb --log-output --no-progress-bar --execution-timeout 30 --start_timeout 60 ' +
      '--request-save-on-cell-execute --autosave-cell-every 0'
    const { stderr } = await run(...args.split(' '))
    const [first, second, last, ...rest] = stderr.split('\n')
    expect(new Set([first, second])).toEqual(new Set(['out', 'err']))
    expect([last, ...rest].join('\n')).toMatch(/\/sum\.ipynb succeeded in \S+ s: 2\n$/)
    expect(stderr).not.toContain('[1/3]')
  })
})
