import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installDenoKernel, installRKernel } from '../support/kernels.ts'
import type { CellSource, NotebookOptions } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'
import { describeWith } from '../support/describe_with.ts'
import { runArgs } from '../support/run_args.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { validateNotebooks } from '../support/validate_notebook.ts'

interface SavedCell {
  readonly cell_type: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly execution_count: number | null
  readonly outputs: readonly Readonly<Record<string, unknown>>[]
}

interface SavedNotebook {
  readonly cells: readonly SavedCell[]
  readonly metadata: {
    readonly language_info?: object
    readonly widgets?: Readonly<Record<string, { readonly state?: object }>>
  }
}

const opened = new Opened()
const limitless = ['--ZMQChannelsWebsocketConnection.limit_rate=False']
let server: JupyterServer
const executed: unknown[] = []

beforeAll(async () => {
  const folder = opened.use(await ScratchFolder.make('kernels')).path
  await installRKernel(folder).catch(() => undefined)
  await installDenoKernel(folder).catch(() => undefined)
  server = opened.use(await JupyterServer.start({ jupyterPath: [folder], args: limitless }))
}, 60_000)
afterAll(() => opened[Symbol.asyncDispose]())

/** Runs the cells and gives the executed notebook, which the last test validates. */
async function execute(
  cells: readonly CellSource[],
  { flags = [], ...options }: NotebookOptions & { readonly flags?: readonly string[] } = {},
): Promise<SavedNotebook> {
  await server.writeNotebook('outputs.ipynb', cells, options)
  const args = [server.host, '/outputs.ipynb', ...flags]
  const { events } = await runArgs(args, { JUPYTER_TOKEN: server.token })
  const last = events.at(-1)
  const notebook = last?.type === 'run_finished' ? last.notebook : null
  executed.push(notebook)
  return JSON.parse(JSON.stringify(notebook))
}

function outputsOf({ cells }: SavedNotebook): readonly SavedCell['outputs'][] {
  return cells.filter(({ cell_type }) => cell_type === 'code').map(({ outputs }) => outputs)
}

function tagged(source: string, tag: string): CellSource {
  return { type: 'code', source, metadata: { tags: [tag] } }
}

const text = (plain: string) => ({ data: { 'text/plain': plain } })
const stream = (printed: string, name = 'stdout') => {
  return { output_type: 'stream', name, text: printed }
}

describe('the executed notebook of a Python kernel', () => {
  test('contains streams, displays, results and counts as they arrived', async () => {
    const notebook = await execute([
      'import sys\nprint("a")\nprint("b", flush=True)\nprint("c", file=sys.stderr, flush=True)',
      'display("d")\n7',
      'x = 1',
    ])
    expect(outputsOf(notebook)).toEqual([
      [stream('a\nb\n'), stream('c\n', 'stderr')],
      [
        { output_type: 'display_data', metadata: {}, ...text("'d'") },
        { output_type: 'execute_result', metadata: {}, ...text('7'), execution_count: 2 },
      ],
      [],
    ])
    expect(notebook.cells.map(({ execution_count }) => execution_count)).toEqual([1, 2, 3])
    expect(notebook.metadata.language_info).toMatchObject({
      name: 'python',
      file_extension: '.py',
      codemirror_mode: { name: 'ipython' },
    })
  })

  test('contains the times of every step', async () => {
    const { cells } = await execute(['1'])
    const execution = cells[0]?.metadata['execution']
    const times = Object.values(execution ?? {})
    const steps = ['iopub.status.busy', 'iopub.execute_input', 'shell.execute_reply']
    expect(Object.keys(execution ?? {}).toSorted()).toEqual(
      [...steps, 'iopub.status.idle'].toSorted(),
    )
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  })

  test('has the execution count of the prompt, whatever the reply contains', async () => {
    const cells = ['1', '2', '%pdb on\n1/0', '%pdb off']
    const notebook = await execute(cells, { flags: ['--allow-errors'] })
    expect(notebook.cells.map(({ execution_count }) => execution_count).slice(0, 3)).toEqual([
      1, 2, 3,
    ])
  })

  test('is cleared at once, or before the next output', async () => {
    const notebook = await execute([
      'from IPython.display import clear_output\nprint(1)\nclear_output()',
      'print(1)\nclear_output()\nprint(2)',
      'print(1)\nclear_output(wait=True)',
      'for n in range(5):\n  clear_output(wait=True)\n  print(n)',
    ])
    expect(outputsOf(notebook)).toEqual([[], [stream('2\n')], [stream('1\n')], [stream('4\n')]])
  })

  test('contains the last update of a display by a later cell', async () => {
    const notebook = await execute([
      'from IPython.display import display, update_display\nh = display("a", display_id="d")',
      'h = display("b", display_id="d")',
      'update_display("c", display_id="d")\nupdate_display("none", display_id="unknown")',
    ])
    const shown = { output_type: 'display_data', metadata: {}, ...text("'c'") }
    expect(outputsOf(notebook)).toEqual([[shown], [shown], []])
  })

  test('contains late output in the cell that caused it', async () => {
    const later = [
      'import asyncio',
      'async def late():',
      '  await asyncio.sleep(0.3)',
      '  print("late")',
      'task = asyncio.create_task(late())',
    ]
    const notebook = await execute([later.join('\n'), 'await task\nprint("next")'])
    const [first, second] = outputsOf(notebook)
    expect([...(first ?? []), ...(second ?? [])].map((output) => output['text']).join('')).toMatch(
      /late\n/,
    )
    expect(second?.at(-1)).toMatchObject({ text: expect.stringContaining('next\n') })
  })

  test('shows where and why it failed, and what was not run', async () => {
    const notebook = await execute(['1', '1/0', '2'])
    expect(notebook.cells).toMatchObject([
      { cell_type: 'markdown', metadata: { tags: ['papermill-error-cell-tag'] } },
      { metadata: { papermill: { status: 'completed' } } },
      { cell_type: 'markdown', metadata: { tags: ['papermill-error-cell-tag'] } },
      {
        metadata: { papermill: { status: 'failed', exception: true } },
        outputs: [{ output_type: 'error', ename: 'ZeroDivisionError' }],
      },
      { metadata: { papermill: { status: 'pending' } }, execution_count: null, outputs: [] },
    ])
  })

  test('continues after cells that are expected to fail, and leaves out skipped cells', async () => {
    const notebook = await execute([
      tagged('1/0', 'raises-exception'),
      tagged('raise SystemError', 'skip-execution'),
      '5 + 10',
    ])
    expect(outputsOf(notebook)).toMatchObject([
      [{ ename: 'ZeroDivisionError' }],
      [],
      [{ ...text('15'), execution_count: 2 }],
    ])
  })

  test('marks a cell that timed out as failed', async () => {
    const { cells } = await execute([tagged('import time\ntime.sleep(60)', 'timeout=1'), '1'])
    expect(cells.slice(-2)).toMatchObject([
      {
        metadata: { papermill: { status: 'failed' } },
        outputs: [{ output_type: 'error', ename: 'KeyboardInterrupt' }],
      },
      { metadata: { papermill: { status: 'pending' } } },
    ])
  })

  test('contains other data as text where nbformat requires it', async () => {
    const display = 'from IPython.display import display\n'
    const bundle = '{"text/plain": 5, "application/json": {"a": [1]}, "text/html": None}'
    const notebook = await execute([`${display}display(${bundle}, raw=True)`])
    expect(outputsOf(notebook)[0]?.[0]?.['data']).toEqual({
      'text/plain': '5',
      'text/html': 'null',
      'application/json': { a: [1] },
    })
  })

  test('is cut when a cell outputs more than --max-output', async () => {
    const flood = 'for n in range(30): print("x" * 100_000)\n5 + 10'
    const notebook = await execute([flood], { flags: ['--max-output', '1'] })
    const [printed, notice, result] = outputsOf(notebook)[0] ?? []
    expect(String(printed?.['text']).length).toBeLessThanOrEqual(1e6)
    expect(notice).toMatchObject({ name: 'stderr', text: expect.stringContaining('--max-output') })
    expect(result).toMatchObject(text('15'))
  })
})

describe('the executed notebook with widgets', () => {
  const stateType = 'application/vnd.jupyter.widget-state+json'

  test('contains the state of the widgets, and bytes', async () => {
    const notebook = await execute([
      'import ipywidgets as widgets\nslider = widgets.IntSlider(value=3)\nslider',
      'slider.value = 8\nimage = widgets.Image(value=b"123", format="png")\nimage',
    ])
    const { widgets } = notebook.metadata
    const { state, ...version } = widgets?.[stateType] ?? {}
    expect(version).toEqual({ version_major: 2, version_minor: 0 })
    const models = Object.values(state ?? {})
    expect(models).toContainEqual(
      expect.objectContaining({
        model_name: 'IntSliderModel',
        state: expect.objectContaining({ value: 8 }),
      }),
    )
    expect(models).toContainEqual(
      expect.objectContaining({
        model_name: 'ImageModel',
        buffers: [{ data: 'MTIz', encoding: 'base64', path: ['value'] }],
      }),
    )
  })

  test('contains the outputs that an Output widget captured, and the kernel has them', async () => {
    const notebook = await execute([
      'import ipywidgets as widgets\nouter, inner = widgets.Output(), widgets.Output()',
      [
        'print("before")',
        'with outer:',
        '  print("1")',
        '  with inner:',
        '    print("2")',
        '    display("3")',
        '  print("4")',
        'print("after")',
      ].join('\n'),
      '[out["text"] for out in outer.outputs], len(inner.outputs)',
      'with inner:\n  inner.clear_output()\n  print("5")',
      '[out["text"] for out in inner.outputs]',
    ])
    const outputs = outputsOf(notebook)
    expect(outputs[1]).toEqual([stream('before\nafter\n')])
    expect(outputs[2]).toMatchObject([text("(['1\\n4\\n'], 2)")])
    expect(outputs[4]).toMatchObject([text("['5\\n']")])
  })
})

describeWith('r-kernel', 'the executed notebook of an R kernel', () => {
  test('contains streams, results, displays and errors', async () => {
    const cells = ['cat("a\\n")\n15', 'stop("no")']
    const notebook = await execute(cells, { kernelName: 'ir', language: 'R' })
    expect(outputsOf(notebook)).toMatchObject([
      [stream('a\n'), { data: { 'text/plain': '[1] 15' } }],
      [{ output_type: 'error' }],
    ])
    expect(notebook.metadata.language_info).toMatchObject({ name: 'R' })
  })
})

describeWith('deno', 'the executed notebook of a TypeScript kernel', () => {
  test('contains streams, results and errors', async () => {
    const cells = ['console.log("a"); 5 + 10', 'throw new Error("no")']
    const notebook = await execute(cells, { kernelName: 'deno', language: 'typescript' })
    const [first, second] = outputsOf(notebook)
    expect(first).toContainEqual(stream('a\n'))
    expect(first).toContainEqual(expect.objectContaining({ output_type: 'execute_result' }))
    expect(second).toContainEqual(expect.objectContaining({ output_type: 'error' }))
  })
})

test('nbformat finds all executed notebooks valid', async () => {
  expect(executed).not.toEqual([])
  await validateNotebooks(executed) // starts Python once
})
