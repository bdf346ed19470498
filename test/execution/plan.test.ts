import { describe, expect, test } from '@jest/globals'
import { type Plan, planOf } from '../../src/execution/plan.ts'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import { type CellSource, notebookOf } from '../support/notebook_file.ts'

type Metadata = Readonly<Record<string, unknown>>
const nothing = { allowErrors: false, cellTimeoutMs: null }

function plan(cells: readonly CellSource[], metadata: Metadata = {}, options = {}): Plan {
  const notebook = readNotebook(notebookOf(cells, { metadata }), 'n.ipynb')
  return planOf(notebook, { ...nothing, ...options })
}

function tagged(...tags: readonly string[]): CellSource {
  return { type: 'code', source: 'x', metadata: { tags } }
}

function limited(timeout: unknown, ...tags: readonly string[]): CellSource {
  return { type: 'code', source: 'x', metadata: { tags, execution: { timeout } } }
}

describe('planOf()', () => {
  test('planOf() includes the cells that contain code, in order, with their index in the notebook', () => {
    const { cells } = plan(['a', { type: 'markdown', source: '#' }, ' \n', 'b'])
    expect(cells).toEqual([
      {
        position: 1,
        ref: { index: 0, id: 'cell-0', source: 'a' },
        expectsError: false,
        limit: null,
      },
      {
        position: 2,
        ref: { index: 3, id: 'cell-3', source: 'b' },
        expectsError: false,
        limit: null,
      },
    ])
  })

  test('planOf() counts neither the injected cell nor the error markers of papermill', () => {
    const marker = { tags: ['papermill-error-cell-tag'] }
    const { cells } = plan([
      { type: 'markdown', source: 'The run stopped', metadata: marker },
      'a',
      tagged('injected-parameters'),
      tagged('injected-parameters'),
      'b',
    ])
    expect(cells.map(({ ref }) => ref.index)).toEqual([0, null, 1, 2])
  })

  test('planOf() leaves out cells tagged skip-execution', () => {
    const { cells } = plan(['a', tagged('other', 'skip-execution'), 'b'])
    expect(cells.map(({ ref }) => ref.index)).toEqual([0, 2])
  })

  test('planOf() marks the cells that are expected to fail', () => {
    const { cells } = plan([tagged('raises-exception'), tagged('raises')])
    expect(cells.map(({ expectsError }) => expectsError)).toEqual([true, false])
  })

  test.each([
    [{}, {}, false],
    [{ execution: { allow_errors: true } }, {}, true],
    [{ execution: { allow_errors: false } }, {}, false],
    [{ execution: { allow_errors: 'yes' } }, {}, false],
    [{ execution: { allow_errors: false } }, { allowErrors: true }, true],
  ])('planOf() reads whether errors are allowed: %j and %j', (metadata, options, expected) => {
    expect(plan([], metadata, options).allowErrors).toBe(expected)
  })

  test.each<[string, CellSource, Metadata, number | null, string | null]>([
    ['none', 'x', {}, null, null],
    ['of the notebook', 'x', { execution: { timeout: 30 } }, 30_000, "the notebook's metadata"],
    ['of the cell', limited(5), { execution: { timeout: 30 } }, 5_000, "the cell's metadata"],
    ['of the cell as text', limited('2.5'), {}, 2_500, "the cell's metadata"],
    ['of the tag', limited(5, 'timeout=7'), {}, 7_000, 'the cell\'s tag "timeout=7"'],
    ['of the first tag that is a number', tagged('timeout=x', 'timeout=7'), {}, 7_000, 'tag'],
    ['none in a cell that lifts it', limited(-1), { execution: { timeout: 30 } }, null, null],
    ['none by a tag that lifts it', limited(5, 'timeout=0'), {}, null, null],
    ['none that a timer can hold', limited(1e9), {}, null, null],
    [
      'of the notebook when the cell has none',
      limited('x'),
      { execution: { timeout: 9 } },
      9_000,
      'notebook',
    ],
    ['none of what is no number', limited([]), { execution: { timeout: '' } }, null, null],
    ['none of odd metadata', 'x', { execution: 30 }, null, null],
  ])('planOf() selects the time limit: %s', (_, cell, metadata, ms, source) => {
    const expected = ms === null ? null : { ms, source: expect.stringContaining(source ?? '') }
    expect(plan([cell], metadata).cells[0]?.limit).toEqual(expected)
  })

  test('planOf() prefers the time limit of the command line', () => {
    const { cells } = plan([limited(5, 'timeout=7'), 'x'], {}, { cellTimeoutMs: 1_000 })
    const limit = { ms: 1_000, source: '--cell-timeout' }
    expect(cells.map((cell) => cell.limit)).toEqual([limit, limit])
  })
})
