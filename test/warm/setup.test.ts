import { describe, expect, test } from '@jest/globals'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import type { ParameterValue } from '../../src/parameters/parameter.ts'
import type { RunRequest } from '../../src/request/run_request.ts'
import { NotWarmable, setupOf } from '../../src/warm/setup.ts'
import { plainRequest, serverConfig, token } from '../support/fake_request.ts'
import { type CellSource, notebookOf } from '../support/notebook_file.ts'

const server = serverConfig(new URL('http://127.0.0.1:8888/'), token)
const request: RunRequest = { ...plainRequest, server }
const someParameters = new Map<string, ParameterValue>([['x', 1n]])

function tagged(tag: string, source = 'x = 0'): CellSource {
  return { type: 'code', source, metadata: { tags: [tag] } }
}

function setup(cells: readonly CellSource[], changes: Partial<RunRequest> = {}) {
  return setupOf(readNotebook(notebookOf(cells), 'n.ipynb'), { ...request, ...changes })
}

function sources(cells: readonly CellSource[]): readonly string[] {
  return setup(cells).plan.cells.map(({ ref }) => ref.source)
}

describe('setupOf()', () => {
  test.each([
    {
      name: 'the code before the cell tagged "parameters"',
      cells: ['a', { type: 'markdown', source: '# b' } as const, 'c', tagged('parameters'), 'd'],
      expected: ['a', 'c'],
    },
    {
      name: 'nothing where that cell is the first',
      cells: [tagged('parameters'), 'd'],
      expected: [],
    },
    {
      name: 'the cells tagged "setup" where there are some',
      cells: [tagged('setup', 'a'), tagged('setup', 'b'), 'c', tagged('parameters'), 'd'],
      expected: ['a', 'b'],
    },
    {
      name: 'all cells where all are tagged "setup"',
      cells: [tagged('setup', 'a'), tagged('setup', 'b')],
      expected: ['a', 'b'],
    },
    {
      name: 'no cells that are never executed',
      cells: [tagged('skip-execution', 'a'), ' ', 'b', tagged('injected-parameters'), 'c'],
      expected: ['b'],
    },
  ])('takes $name', ({ cells, expected }) => {
    expect(sources(cells)).toEqual(expected)
  })

  test.each([
    {
      name: 'without a tagged cell',
      cells: ['a', 'b'],
      changes: {},
      reason: 'it has no cell tagged "parameters" or "setup"',
    },
    {
      name: 'whose setup comes late',
      cells: [tagged('setup', 'a'), 'b', tagged('setup', 'c')],
      changes: {},
      reason: 'a cell tagged "setup" comes after a cell that is not',
    },
    {
      name: 'whose parameters would come first',
      cells: [tagged('setup', 'a'), 'b'],
      changes: { parameters: someParameters },
      reason: 'it has no cell tagged "parameters", so that parameters are set before all',
    },
  ])('refuses a notebook $name', ({ cells, changes, reason }) => {
    expect(() => setup(cells, changes)).toThrow(new NotWarmable(reason))
  })

  const cells = ['a', tagged('parameters'), 'b']
  const { key } = setup(cells)

  test.each([
    { name: 'parameters', other: setup(cells, { parameters: someParameters }) },
    { name: 'what comes after the setup', other: setup(['a', tagged('parameters', 'y = 1'), 'c']) },
    { name: 'text', other: setup([{ type: 'markdown', source: '#' }, ...cells]) },
    { name: 'the run', other: setup(cells, { runId: 'run-2' }) },
  ])('gives the same key whatever $name is', ({ other }) => {
    expect(other.key).toBe(key)
  })

  test.each([
    { name: 'code', other: setup(['a ', tagged('parameters'), 'b']) },
    { name: 'number of cells', other: setup([tagged('parameters'), 'b']) },
    { name: 'kernel', other: setup(cells, { kernelName: 'ir' }) },
    { name: 'language', other: setup(cells, { language: 'r' }) },
    { name: 'secrets', other: setup(cells, { secrets: [{ name: 's', value: 'one' }] }) },
    { name: 'treatment of errors', other: setup(cells, { allowErrors: true }) },
    { name: 'time limit', other: setup(cells, { cellTimeoutMs: 5 }) },
    {
      name: 'server',
      other: setup(cells, { server: serverConfig(new URL('http://127.0.0.1:1/'), token) }),
    },
  ])('gives another key for another $name', ({ other }) => {
    expect(other.key).not.toBe(key)
  })
})
