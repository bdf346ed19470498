import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { ExecutedNotebook } from '../../src/execution/executed_notebook.ts'
import { withoutErrorMarkers } from '../../src/execution/papermill.ts'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import type { ParameterMap, ParameterValue } from '../../src/parameters/parameter.ts'
import { jsonText } from '../../src/util/json.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { comm, messageOf, print, result } from '../support/messages.ts'
import { type CellSource, notebookOf } from '../support/notebook_file.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

const markdown: CellSource = { type: 'markdown', source: '#' }

interface SavedCell {
  readonly cell_type: string
  readonly id: string
  readonly source: string
  readonly metadata: Readonly<Record<string, unknown>>
}

interface SavedNotebook {
  readonly cells: SavedCell[]
  readonly metadata: Record<string, unknown>
}

/** As it is read when it was saved. */
function saved(content: object): SavedNotebook {
  return JSON.parse(jsonText(content))
}

function recordOf(cells: readonly CellSource[], parameters: ParameterMap = new Map()) {
  return recordOfContent(notebookOf(cells), parameters)
}

function recordOfContent(content: unknown, parameters: ParameterMap = new Map()) {
  const notebook = withoutErrorMarkers(readNotebook(content, 'n.ipynb'))
  const facts = { path: '/n.ipynb', outputPath: '/out.ipynb', parameters }
  return new ExecutedNotebook(notebook, {
    ...facts,
    maxOutputMegabytes: 64,
    redactor: createRedactor([]),
  })
}

function start(record: ExecutedNotebook, index: number) {
  return record.startCell({ index, id: null, source: '' }, `r-${index}`)
}

const never = {
  exception: null,
  start_time: null,
  end_time: null,
  duration: null,
  status: 'pending',
}
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/)
const passed = { start_time: time, end_time: time, duration: expect.any(Number) }
const completed = { ...passed, exception: false, status: 'completed' }
const failed = { ...passed, exception: true, status: 'failed' }

describe('content()', () => {
  const before = {
    ...notebookOf(['a', markdown, 'b'], { metadata: { mine: 1, widgets: 'old' } }),
    cells: [
      {
        cell_type: 'code',
        id: 'a',
        metadata: { execution: { 'iopub.status.busy': 'x', timeout: 9 }, tags: ['t'], mine: 2 },
        source: ['a\n', 'b'],
        execution_count: 7,
        outputs: [{ output_type: 'stream', name: 'stdout', text: 'old' }],
      },
      { cell_type: 'markdown', id: 'm', metadata: {}, source: '#', attachments: {} },
    ],
  }

  test('content() contains everything except the results of an earlier run', () => {
    const content = recordOfContent(before).content()
    expect(content).toMatchObject({ nbformat: 4, nbformat_minor: 5, metadata: { mine: 1 } })
    expect(content['cells']).toEqual([
      {
        cell_type: 'code',
        id: 'a',
        metadata: { execution: { timeout: '9' }, tags: ['t'], mine: 2, papermill: never },
        source: ['a\n', 'b'],
        execution_count: null,
        outputs: [],
      },
      {
        cell_type: 'markdown',
        id: 'm',
        metadata: { tags: [], papermill: never },
        source: '#',
        attachments: {},
      },
    ])
  })

  test('content() keeps cells of unknown types unchanged', () => {
    const drawing = { cell_type: 'drawing', id: 'a', shapes: [1], metadata: { tags: 'x' } }
    const cells = [{ cell_type: 'code', id: 'a', metadata: {}, source: '' }, drawing]
    const content = recordOfContent({
      cells,
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5,
    }).content()
    expect(content['cells']).toEqual([expect.objectContaining({ id: 'cell-0' }), drawing])
  })

  test('content() contains outputs, count and times as the kernel sent them', () => {
    const record = recordOf(['a'])
    start(record, 0)
    for (const message of [
      messageOf('status', { execution_state: 'busy' }),
      messageOf('execute_input', { execution_count: 3 }),
      print('x'),
      result('15', 3),
      messageOf('execute_reply', { status: 'ok', execution_count: 3 }),
      messageOf('status', { execution_state: 'idle' }),
    ]) {
      record.outputs.add(message)
    }
    const [cell] = saved(record.content()).cells
    expect(cell).toMatchObject({
      execution_count: 3,
      outputs: [{ text: 'x' }, { output_type: 'execute_result', execution_count: 3 }],
    })
    const at = expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/)
    expect(cell?.metadata['execution']).toEqual({
      'iopub.status.busy': at,
      'iopub.execute_input': at,
      'shell.execute_reply': at,
      'iopub.status.idle': at,
    })
  })

  test('content() does not change when the run continues', () => {
    const record = recordOf(['a'])
    start(record, 0)
    record.outputs.add(print('x'))
    const content = record.content()
    const text = JSON.stringify(content)
    record.outputs.add(print('y'))
    record.outputs.add(messageOf('status', { execution_state: 'idle' }))
    record.endCell({ index: 0, id: null, source: '' }, 'completed')
    expect(JSON.stringify(content)).toBe(text)
  })

  test('content() contains the language that the kernel reports', () => {
    const record = recordOf(['a'])
    record.setLanguage({ version: '3' })
    expect(saved(record.content()).metadata['language_info']).toEqual({ name: 'python' })
    record.setLanguage({ name: 'R', version: '4' })
    expect(saved(record.content()).metadata['language_info']).toEqual({ name: 'R', version: '4' })
  })

  test('content() contains the widgets of this run if there are any', () => {
    const record = recordOfContent(before)
    start(record, 0)
    expect(saved(record.content()).metadata['widgets']).toBe('old')
    record.outputs.add(comm('comm_open', 'w', { _model_name: 'M' }))
    expect(saved(record.content()).metadata['widgets']).toEqual({
      'application/vnd.jupyter.widget-state+json': expect.objectContaining({
        state: { w: expect.objectContaining({ model_name: 'M' }) },
      }),
    })
  })
})

function statuses(record: ExecutedNotebook): readonly unknown[] {
  return saved(record.content()).cells.map(({ metadata }) => metadata['papermill'])
}

describe("papermill's metadata", () => {
  test('of the notebook contain path, parameters and times', () => {
    const record = recordOf(
      ['a'],
      new Map<string, ParameterValue>([
        ['whole', 7n],
        ['large', 2n ** 70n],
        ['float', 1.5],
        ['odd', NaN],
        ['list', [true, null]],
        ['map', new Map([['a', 'b']])],
      ]),
    )
    const common = {
      default_parameters: {},
      parameters: {
        whole: 7,
        large: 2 ** 70,
        float: 1.5,
        odd: 'NaN',
        list: [true, null],
        map: { a: 'b' },
      },
      environment_variables: {},
      version: 'nbtrigger',
      input_path: '/n.ipynb',
      output_path: '/out.ipynb',
      start_time: time,
    }
    const running = { end_time: null, duration: null, exception: null }
    expect(saved(record.content()).metadata['papermill']).toEqual({ ...common, ...running })
    record.finish(null)
    const over = { end_time: time, duration: expect.any(Number), exception: null }
    expect(saved(record.content()).metadata['papermill']).toEqual({ ...common, ...over })
  })

  const injected = {
    cell_type: 'code',
    id: 'i',
    metadata: { tags: ['injected-parameters'] },
    source: 'a = 1',
  }
  const given: ParameterMap = new Map([['b', 2n]])
  test.each([
    {
      name: 'keeps those that its cell still sets',
      cells: [injected],
      parameters: new Map(),
      kept: { a: 1 },
    },
    { name: 'has its own in their place', cells: [injected], parameters: given, kept: { b: 2 } },
    { name: 'forgets those whose cell is gone', cells: [], parameters: new Map(), kept: {} },
  ])('of a run after one with parameters $name', ({ cells, parameters, kept }) => {
    const metadata = { papermill: { parameters: { a: 1 }, version: '2.6.0' } }
    const content = { cells, metadata, nbformat: 4, nbformat_minor: 5 }
    const record = recordOfContent(content, parameters)
    expect(saved(record.content()).metadata['papermill']).toMatchObject({
      parameters: kept,
      version: 'nbtrigger',
    })
  })

  test.each([[{}], [{ papermill: null }], [{ papermill: { parameters: [1] } }]])(
    'keep no parameters from the metadata %j',
    (metadata) => {
      const record = recordOfContent({ cells: [injected], metadata, nbformat: 4 })
      expect(saved(record.content()).metadata['papermill']).toMatchObject({ parameters: {} })
    },
  )

  test('mark earlier cells as completed, and later ones as pending', () => {
    const record = recordOf([markdown, 'skipped', 'a', markdown, 'b', markdown])
    start(record, 2)
    const running = { ...completed, end_time: null, duration: null, status: 'running' }
    expect(statuses(record)).toEqual([completed, completed, running, never, never, never])
    record.endCell({ index: 2, id: null, source: '' }, 'completed')
    start(record, 4)
    record.endCell({ index: 4, id: null, source: '' }, 'completed')
    expect(statuses(record).at(-1)).toEqual(never)
    record.passRest()
    expect(statuses(record)).toEqual(Array.from({ length: 6 }, () => completed))
  })

  test('mark the cells after a failed one as pending', () => {
    const record = recordOf(['a', markdown, 'b'])
    start(record, 0)
    record.endCell({ index: 0, id: null, source: '' }, 'failed')
    record.finish(new RunError('KERNEL_DIED', 'Cannot go on'))
    const [, , ...cells] = statuses(record)
    expect(cells).toEqual([failed, never, never])
    expect(saved(record.content()).metadata['papermill']).toMatchObject({ exception: true })
  })
})

function failedRecord(error: RunError, content: unknown = notebookOf(['a', 'b'])) {
  const record = recordOfContent(content)
  start(record, 1)
  record.outputs.add(messageOf('execute_input', { execution_count: 2 }, 'r-1'))
  record.endCell({ index: 1, id: null, source: '' }, 'failed')
  record.finish(error)
  return record
}

describe('the markers of an error', () => {
  test('are at the top and before the cell that failed', () => {
    const error = new RunError('CELL_FAILED', 'Cell 1 raised E:\n<b>*no*</b>')
    const cells = saved(failedRecord(error).content()).cells
    expect(cells.map(({ cell_type }) => cell_type)).toEqual([
      'markdown',
      'code',
      'markdown',
      'code',
    ])
    expect(cells[0]?.metadata['tags']).toEqual(['papermill-error-cell-tag'])
    expect(cells[0]?.source).toContain('<a href="#papermill-error-cell">In [2]</a>')
    expect(cells[0]?.source).toContain('\n    CELL_FAILED: Cell 1 raised E:\n    <b>*no*</b>')
    expect(cells[2]?.metadata['tags']).toEqual(['papermill-error-cell-tag'])
    expect(cells[2]?.source).toContain('id="papermill-error-cell"')
    expect(new Set(cells.map(({ id }) => id)).size).toBe(4)
  })

  test('have no ids if the notebook has none', () => {
    const error = new RunError('CELL_FAILED', 'x')
    const content = { ...notebookOf(['a', 'b']), nbformat_minor: 4 }
    expect(saved(failedRecord(error, content).content()).cells[0]).not.toHaveProperty('id')
  })

  test('are only a banner when no cell failed', () => {
    const record = recordOf(['a'])
    record.finish(new RunError('KERNEL_START_FAILED', 'Cannot start the kernel'))
    const cells = saved(record.content()).cells
    expect(cells).toHaveLength(2)
    expect(cells[0]?.source).toContain('KERNEL_START_FAILED: Cannot start the kernel')
    expect(cells[0]?.source).not.toContain('href')
  })

  test('are removed when the notebook runs again, and cells are counted as before', () => {
    const content = failedRecord(new RunError('CELL_FAILED', 'x')).content()
    const notebook = withoutErrorMarkers(readNotebook(content, 'n.ipynb'))
    expect(notebook.cells.map(({ index, source }) => [index, source])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ])
    expect(saved(notebook.content).cells).toHaveLength(2)
    expect(withoutErrorMarkers(notebook)).toBe(notebook)
  })
})

describe('a notebook of very many cells', () => {
  test('is recorded in linear time', () => {
    expect(statusesOfCells(10_000)).toHaveLength(10_000)
    expect(scalingOf((size) => statusesOfCells(size / 10))).toBeLessThan(maxLinearScaling)
  })
})

/** Of a notebook of `count` cells that have all run. */
function statusesOfCells(count: number) {
  const record = recordOf(Array.from({ length: count }, (_, n) => `${n}`))
  for (let index = 0; index < count; index += 1) {
    start(record, index)
    record.endCell({ index, id: null, source: '' }, 'completed')
  }
  return statuses(record)
}
