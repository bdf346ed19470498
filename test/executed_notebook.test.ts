import { describe, expect, test } from '@jest/globals'
import type { RunRequest } from '../src/request/run_request.ts'
import { FakeJupyter } from './support/fake_jupyter.ts'
import type { CellScript } from './support/fake_kernel.ts'
import { notebookOf, type CellSource } from './support/notebook_file.ts'
import { observeRun, type ObservedRun } from './support/observe.ts'

interface Circumstances {
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly request?: Partial<RunRequest>
}

/** Runs these cells; what the kernel says to a source stands in `scripts`. */
async function observe(
  cells: readonly CellSource[],
  scripts: Readonly<Record<string, CellScript>>,
  { metadata = {}, request = {} }: Circumstances = {},
): Promise<ObservedRun & { readonly sent: readonly string[] }> {
  await using jupyter = await FakeJupyter.start()
  jupyter.content = notebookOf(cells, { metadata })
  for (const [source, script] of Object.entries(scripts)) jupyter.cells.set(source, script)
  const observed = await observeRun(jupyter.request(request))
  const codes = jupyter.made.flatMap(({ received }) => received.map(({ code }) => code))
  return { ...observed, sent: codes.filter((code) => code !== '') }
}

function tagged(source: string, ...tags: readonly string[]): CellSource {
  return { type: 'code', source, metadata: { tags } }
}

const markdown: CellSource = { type: 'markdown', source: '#' }
const raises: CellScript = (cell) => cell.raises('E', 'v')
const sleeps: CellScript = (cell) => cell.sleeps()
const status = (name: string) => ({ metadata: { papermill: { status: name } } })
const marker = { cell_type: 'markdown', metadata: { tags: ['papermill-error-cell-tag'] } }

describe('the executed notebook', () => {
  test('contains the outputs of the cells, and the language of the kernel', async () => {
    const { notebook } = await observe(
      ['print(1)', markdown, '5 + 10'],
      {
        'print(1)': (cell) => {
          cell.start()
          cell.stream('1\n')
          cell.reply()
          cell.status('idle')
        },
        '5 + 10': (cell) => cell.ok('15'),
      },
      { metadata: { mine: true } },
    )
    expect(notebook).toMatchObject({
      nbformat: 4,
      metadata: { mine: true, papermill: { input_path: '/folder/test.ipynb', exception: null } },
      cells: [
        { ...status('completed'), execution_count: 1, outputs: [{ text: '1\n' }] },
        status('completed'),
        {
          ...status('completed'),
          execution_count: 2,
          outputs: [{ output_type: 'execute_result', data: { 'text/plain': '15' } }],
        },
      ],
    })
  })

  test('is null if the notebook was never read', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('contents', { status: 404, body: 'no such file' })
    expect((await observeRun(jupyter.request())).notebook).toBeNull()
  })

  test('contains a banner and pending cells if no kernel started', async () => {
    const { notebook, report } = await observe(['1'], {}, { request: { kernelName: 'nope' } })
    expect(report.error).toMatchObject({ code: 'KERNEL_NOT_FOUND' })
    expect(notebook).toMatchObject({ cells: [marker, status('pending')] })
  })

  test('shows where a cell failed, and that later cells did not run', async () => {
    const { notebook } = await observe(['1', 'bad', markdown, '2'], { bad: raises })
    expect(notebook).toMatchObject({
      metadata: { papermill: { exception: true } },
      cells: [
        marker,
        status('completed'),
        marker,
        { ...status('failed'), outputs: [{ output_type: 'error', ename: 'E' }] },
        status('pending'),
        status('pending'),
      ],
    })
  })

  test.each<[string, CellScript, Partial<RunRequest>, string]>([
    ['its time is over', sleeps, { cellTimeoutMs: 100 }, 'CELL_TIMED_OUT'],
    ['the kernel dies', (cell) => cell.status('restarting', {}), {}, 'KERNEL_DIED'],
  ])('marks the cell that was running when %s as failed', async (_, script, request, code) => {
    const { notebook, report } = await observe(['1', 'bad', '2'], { bad: script }, { request })
    expect(report.error).toMatchObject({ code })
    expect(notebook).toMatchObject({
      cells: [marker, status('completed'), marker, status('failed'), status('pending')],
    })
  })

  test('marks cells as failed without banners when errors are allowed', async () => {
    const request = { allowErrors: true }
    const { notebook, report } = await observe(['bad', '1'], { bad: raises }, { request })
    expect(report).toMatchObject({ outcome: 'succeeded', cells: { failed: 1 } })
    expect(notebook).toMatchObject({ cells: [status('failed'), status('completed')] })
  })

  test('marks cells after exit() as pending', async () => {
    const { notebook } = await observe(['exit()', '1'], {
      'exit()': (cell) => {
        cell.start()
        cell.reply({ payload: [{ source: 'ask_exit' }] })
        cell.status('idle')
      },
    })
    expect(notebook).toMatchObject({ cells: [status('completed'), status('pending')] })
  })

  test('contains a result that the server dropped and that was recovered from the kernel', async () => {
    const { notebook } = await observe(['flood'], {
      flood: (cell) => {
        cell.start()
        const content = { name: 'stderr', text: 'IOPub data rate exceeded.\nThe Jupyter server' }
        const session = String(cell.parent['session'])
        cell.kernel.say({ type: 'stream', content, parent: cell.parent, session })
        cell.reply()
        cell.status('idle')
      },
      '': (cell) => {
        const data = { 'text/plain': '15' }
        cell.reply({ user_expressions: { value: { status: 'ok', data, metadata: {} } } })
        cell.status('idle')
      },
    })
    const outputs = [{ output_type: 'execute_result', data: { 'text/plain': '15' } }]
    expect(notebook).toMatchObject({ cells: [{ outputs }] })
  })
})

describe('tags and metadata of the notebook', () => {
  test('skip a tagged cell, which keeps no outputs', async () => {
    const { report, events, sent, notebook } = await observe(
      ['1', tagged('no', 'skip-execution'), '2'],
      { '2': (cell) => cell.ok('2') },
    )
    expect(sent).toEqual(['1', '2'])
    expect(report).toMatchObject({
      cells: { total: 3, executed: 2, skipped: 1, failed: 0 },
      result: { data: { 'text/plain': '2' } },
    })
    const started = events.filter((event) => event.type === 'cell_started')
    expect(started).toMatchObject([{ position: 1 }, { position: 2, cell: { index: 2 } }])
    expect(notebook).toMatchObject({ cells: [{}, { ...status('completed'), outputs: [] }, {}] })
  })

  test('let a cell fail that is expected to', async () => {
    const cells = [tagged('bad', 'raises-exception'), '1']
    const { report, notebook, sent } = await observe(cells, { bad: raises })
    expect(sent).toEqual(['bad', '1'])
    expect(report).toMatchObject({ outcome: 'succeeded', cells: { executed: 2, failed: 0 } })
    expect(notebook).toMatchObject({
      cells: [{ ...status('completed'), outputs: [{ ename: 'E' }] }, status('completed')],
    })
  })

  test('allow errors in the whole notebook', async () => {
    const metadata = { execution: { allow_errors: true } }
    const { report } = await observe(['bad', '1'], { bad: raises }, { metadata })
    expect(report).toMatchObject({ outcome: 'succeeded', cells: { executed: 2, failed: 1 } })
  })

  test.each<[string, CellSource, object, string]>([
    ['the cell', tagged('slow', 'timeout=0.1'), {}, 'the cell\'s tag "timeout=0.1"'],
    ['the notebook', 'slow', { timeout: 0.1 }, "the notebook's metadata.execution.timeout"],
  ])('limit the time by %s, and the error says so', async (_, cell, execution, source) => {
    const { report } = await observe([cell], { slow: sleeps }, { metadata: { execution } })
    expect(report.error).toMatchObject({
      code: 'CELL_TIMED_OUT',
      message: `Cell 0 did not end within 0.1 s (${source}); raise that limit, or make the cell faster`,
    })
  })
})
