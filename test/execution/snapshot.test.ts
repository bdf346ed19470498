import { describe, expect, test } from '@jest/globals'
import { ExecutedNotebook } from '../../src/execution/executed_notebook.ts'
import type { SnapshotPart, SnapshotParts } from '../../src/execution/snapshot.ts'
import type { KernelMessage } from '../../src/jupyter/messages.ts'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { jsonText, parseJson } from '../../src/util/json.ts'
import { field } from '../../src/util/record.ts'
import {
  clear,
  comm,
  display,
  messageOf,
  outputModel,
  print,
  raised,
  result,
  update,
} from '../support/messages.ts'
import { notebookOf } from '../support/notebook_file.ts'

const cells = ['a', { type: 'markdown', source: '#' }, 'b', 'c'] as const

function newNotebook(): ExecutedNotebook {
  return new ExecutedNotebook(readNotebook(notebookOf(cells), 'n.ipynb'), {
    path: '/n.ipynb',
    parameters: new Map(),
    maxOutputMegabytes: 1,
    redactor: createRedactor([]),
  })
}

function start(notebook: ExecutedNotebook, index: number) {
  return notebook.startCell({ index, id: `cell-${index}`, source: '' }, `r-${index}`)
}

/** The same notebook in another process. */
function resumed(notebook: ExecutedNotebook): ExecutedNotebook {
  const parts = new Map(notebook.parts().map((part) => [part.name, copy(part.read())]))
  const widgets = parts.get('widgets')
  const other = newNotebook()
  const found: SnapshotParts = {
    cell: (place) => {
      const part = parts.get(`cell-${place}`)
      return part !== undefined && 'request' in part ? part : null
    },
    widgets: widgets !== undefined && 'models' in widgets ? widgets : null,
  }
  other.restore(copy(notebook.snapshot()), found)
  return other
}

function copy<Value>(value: Value): Value
function copy(value: unknown): unknown {
  return parseJson(jsonText(value))
}

function revisions(notebook: ExecutedNotebook): ReadonlyMap<string, string> {
  return new Map(notebook.parts().map(({ name, revision }: SnapshotPart) => [name, revision]))
}

const begun: readonly { readonly name: string; readonly messages: readonly KernelMessage[] }[] = [
  { name: 'text of both streams', messages: [print('a'), print('b'), print('c', 'stderr')] },
  { name: 'a display that is updated', messages: [display('old', 'd'), update('new', 'd')] },
  { name: 'a result with its count', messages: [result('15', 7)] },
  { name: 'an error', messages: [raised] },
  { name: 'output that the next one clears', messages: [print('old'), clear(true)] },
  { name: 'more output than is kept', messages: [print('x'.repeat(2_000_000)), print('y')] },
  {
    name: 'a widget and its captured output',
    messages: [
      comm('comm_open', 'w', outputModel),
      comm('comm_msg', 'w', { msg_id: 'r-2' }),
      print('captured', 'stdout', 'r-2'),
    ],
  },
  {
    name: 'the times of its messages',
    messages: [messageOf('status', { execution_state: 'busy' })],
  },
]

function codeCells(notebook: ExecutedNotebook): readonly unknown[] {
  const { cells: all } = notebook.content()
  return Array.isArray(all) ? all.filter((cell) => field(cell, 'cell_type') === 'code') : []
}

/** What may come after it, of the same cell and of the next one. */
const further = [
  print('more'),
  update('newest', 'd', 'r-2'),
  display('again', 'd', 'r-2'),
  comm('comm_msg', 'w', { outputs: [], count: 3 }),
  print('of the next', 'stdout', 'r-2'),
]

describe('restore()', () => {
  test.each(begun)('goes on with a notebook whose cell has $name', ({ messages }) => {
    const notebook = newNotebook()
    start(notebook, 0)
    for (const message of messages) notebook.outputs.add(message)
    const other = resumed(notebook)
    expect(other.content()).toEqual(notebook.content())
    for (const each of [notebook, other]) {
      expect(start(each, 0).request).toBe('r-0')
      each.endCell({ index: 0, id: 'cell-0', source: '' }, 'completed', new Date(1))
      each.startCell({ index: 2, id: 'cell-2', source: '' }, 'r-2', new Date(2))
      for (const message of further) each.outputs.add(message)
    }
    // The Markdown cell is passed at the time at which the next one is sent.
    expect(codeCells(other)).toEqual(codeCells(notebook))
    expect(other.content()['metadata']).toEqual(notebook.content()['metadata'])
  })
})

describe('parts()', () => {
  test.each(begun)('has another revision of what has changed by $name', ({ messages }) => {
    const notebook = newNotebook()
    start(notebook, 2)
    start(notebook, 0)
    notebook.outputs.add(print('first'))
    const before = revisions(notebook)
    expect(revisions(notebook)).toEqual(before)
    for (const message of messages) notebook.outputs.add(message)
    const changed = [...revisions(notebook)].filter(([name, each]) => before.get(name) !== each)
    expect(changed.map(([name]) => name)).not.toEqual([])
    expect(changed.map(([name]) => name)).not.toContain('cell-1')
  })

  test('has another revision of an earlier cell whose display a later one updates', () => {
    const notebook = newNotebook()
    start(notebook, 0)
    notebook.outputs.add(display('old', 'd'))
    start(notebook, 2)
    const before = revisions(notebook).get('cell-0')
    notebook.outputs.add(update('new', 'd', 'r-2'))
    expect(revisions(notebook).get('cell-0')).not.toBe(before)
  })
})
