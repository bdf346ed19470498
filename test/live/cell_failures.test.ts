import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RunReport } from '../../src/events.ts'
import { describeWith } from '../support/describe_with.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import type { JupyterOptions } from '../support/jupyter_process.ts'
import { installRKernel } from '../support/kernels.ts'
import type { CellSource, NotebookOptions } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'
import { runArgs } from '../support/run_args.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

type Run = (
  cells: readonly CellSource[],
  options?: NotebookOptions & { readonly flags?: readonly string[] },
) => Promise<RunReport>

/** A server for the tests of one `describe`, and a way to run cells on it. */
function serverFor(options: JupyterOptions, kernels: (folder: string) => Promise<void>): Run {
  const opened = new Opened()
  let server: JupyterServer
  beforeAll(async () => {
    const folder = opened.use(await ScratchFolder.make('verdicts')).path
    await kernels(folder)
    server = opened.use(await JupyterServer.start({ ...options, jupyterPath: [folder] }))
  })
  afterAll(() => opened[Symbol.asyncDispose]())
  return async (cells, { flags = [], ...notebook } = {}) => {
    await server.writeNotebook('verdicts.ipynb', cells, notebook)
    const args = [server.host, '/verdicts.ipynb', ...flags]
    return (await runArgs(args, { JUPYTER_TOKEN: server.token })).report
  }
}

const two = { data: { 'text/plain': '2' } }
const succeeded = (failed: number) => {
  return { outcome: 'succeeded', cells: { executed: 3, failed }, result: two }
}
const nothing = () => Promise.resolve()
const lines = (...text: readonly string[]) => text.join('\n')
const tagged = (source: string): CellSource => {
  return { type: 'code', source, metadata: { tags: ['raises-exception'] } }
}

describe('the value of a cell whose output was dropped', () => {
  const run = serverFor({}, nothing)

  test('is the last one, even if an earlier one was shown', async () => {
    const flood =
      'for i in range(4): _ = sys.stdout.write("x" * 900_000 + "\\n"); sys.stdout.flush()'
    const report = await run([lines('get_ipython().run_cell("1")', 'import sys', flood, '4242')])
    expect(report).toMatchObject({
      outcome: 'succeeded',
      outputComplete: false,
      result: { data: { 'text/plain': '4242' } },
    })
  })
})

describe('a failed cell', () => {
  const run = serverFor({}, nothing)
  verdictsOn(run)
  exitOn(run)
})
describeWith('debian-jupyter', 'a failed cell, on IPython 8.5', () => {
  const run = serverFor({ kind: 'debian', pythonKernel: 'quick' }, nothing)
  verdictsOn(run)
  exitOn(run)
})

/** Newer versions of IPython answer some of these with an error, older ones with `ok`. */
function verdictsOn(run: Run): void {
  const script = lines('%%writefile script.py', 'import sys', 'sys.exit(3)')
  const callback = lines(
    'def fail(*_): raise KeyError("k")',
    'get_ipython().events.register("post_run_cell", fail)',
  )
  const shown = lines('try: 1 / 0', 'except ZeroDivisionError: get_ipython().showtraceback()')

  test.each<[string, readonly CellSource[], string]>([
    ['%%time', [lines('%%time', 'x = 1', '1 / 0')], 'ZeroDivisionError'],
    ['%%capture', [lines('%%capture log', '1 / 0')], 'ZeroDivisionError'],
    ['%run of a script that exits with 3', [script, '%run script.py'], 'SystemExit'],
    ['run_cell()', ['end = get_ipython().run_cell("1 / 0")'], 'ZeroDivisionError'],
    ['a callback after the cell', [callback], 'KeyError'],
    ['showtraceback()', [shown], 'ZeroDivisionError'],
    ['exit(2)', ['exit(2)'], 'SystemExit'],
  ])('fails the run by %s', async (_, cells, ename) => {
    expect(await run([...cells, '"never"'])).toMatchObject({
      outcome: 'failed',
      result: null,
      cells: { executed: cells.length, skipped: 1, failed: 1 },
      error: { code: 'CELL_FAILED', ename, cell: { index: cells.length - 1 } },
    })
  })

  test('lets the run continue when errors are allowed', async () => {
    const capture = lines('%%capture', '1 / 0')
    const untagged = run([capture, 'exit(2)', '1 + 1'], { flags: ['--allow-errors'] })
    expect(await untagged).toMatchObject(succeeded(2))
    expect(await run([tagged(capture), tagged('exit(2)'), '1 + 1'])).toMatchObject(succeeded(0))
  })

  test('may have an error that the server drops, as the warning says', async () => {
    const flood = 'for n in range(3): print("z" * 1_500_000, flush=True); time.sleep(0.2)'
    expect(await run([lines('import time', flood), '"next"'])).toMatchObject({
      outcome: 'succeeded',
      outputComplete: false,
      warnings: [expect.stringContaining('an error that the cell showed may be among it')],
    })
  })

  test('shows the last value of a display whose id is a number', async () => {
    const cell = lines(
      'from IPython.display import display, update_display',
      'handle = display("first", display_id=1)',
      'update_display("last", display_id=1)',
    )
    const result = { data: { 'text/plain': "'last'" } }
    expect(await run([cell])).toMatchObject({ outcome: 'succeeded', result })
  })
}

function exitOn(run: Run): void {
  test('is not the same as a cell that calls exit()', async () => {
    const report = await run(['quit(0)', '"never"'])
    expect(report).toMatchObject({ outcome: 'succeeded', cells: { executed: 1 } })
    // The kernel ends 0.1 s later, which may be before it could say that all output had come.
    const others = report.warnings.filter((text) => !text.startsWith('The kernel ended, or could'))
    expect(others).toEqual([])
  })
}

describeWith('r-kernel', 'quit() in R', () => {
  const run = serverFor({}, installRKernel)
  const r = { kernelName: 'ir', language: 'R' }

  test('warns if cells are left, because R does not report its status', async () => {
    expect(await run(['x <- 1', 'quit(status = 1)', 'cat("never")'], r)).toMatchObject({
      outcome: 'succeeded',
      cells: { executed: 2, skipped: 1 },
      warnings: [
        'Cell 1 ended the notebook before 1 cell, and the kernel "ir" does not say with which ' +
          'status; to have the run fail, raise an error instead',
      ],
    })
  })

  test('does not warn in the last cell', async () => {
    expect(await run(['quit()'], r)).toMatchObject({ outcome: 'succeeded', warnings: [] })
  })
})
