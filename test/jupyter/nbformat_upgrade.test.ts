import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { readNotebookFile } from '../../src/jupyter/notebook_file.ts'
import { jsonText } from '../../src/util/json.ts'
import { errorTextOf } from '../request/error_text_of.ts'
import { pythonEnvironment } from '../support/python_environment.ts'
import { withoutFormats } from '../support/quick_python.ts'
import { runProgram } from '../support/run_program.ts'

/** As papermill reads a notebook: `nbformat.reads()`, then the upgrade to the latest minor version. */
const upgradeProgram = `
${withoutFormats}
import json, nbformat, sys
def upgraded(text):
    return nbformat.v4.upgrade(nbformat.reads(text, as_version=4))
print(json.dumps([upgraded(json.dumps(each)) for each in json.loads(sys.argv[1])]))`

const version3 = {
  nbformat: 3,
  nbformat_minor: 0,
  orig_nbformat: 2,
  metadata: { name: 'old', signature: 'sha256:0', kernelspec: { name: 'python3' }, kept: [1] },
  worksheets: [
    {
      metadata: {},
      cells: [
        { cell_type: 'heading', level: 2, metadata: {}, source: ['A title\n', 'in two lines'] },
        { cell_type: 'heading', metadata: {}, source: 'plain\n' },
        { cell_type: 'markdown', metadata: { tags: ['a'] }, source: ['one', 'two'] },
        { cell_type: 'html', metadata: {}, source: '<b>x</b>' },
        { cell_type: 'raw', source: 'raw' },
        {
          cell_type: 'code',
          collapsed: true,
          input: ['a = 1\n', 'a'],
          language: 'python',
          metadata: { trusted: true },
          prompt_number: 3,
          outputs: [
            { output_type: 'stream', stream: 'stderr', text: ['x\n', 'y'] },
            { output_type: 'stream', text: 'z' },
            {
              output_type: 'pyout',
              prompt_number: 3,
              text: ['1'],
              html: '<i>1</i>',
              json: '{"a": [1]}',
              metadata: { png: { width: 5 } },
            },
            { output_type: 'display_data', png: 'iVBO', svg: ['<svg>', '</svg>'] },
            { output_type: 'pyerr', ename: 'E', evalue: 'v', traceback: ['t'] },
          ],
        },
      ],
    },
    { metadata: {}, cells: [{ cell_type: 'code', input: '', outputs: [] }] },
  ],
}

const code = (source: unknown, more: object = {}) => ({
  cell_type: 'code',
  metadata: {},
  execution_count: null,
  outputs: [],
  source,
  ...more,
})

const version40 = {
  nbformat: 4,
  nbformat_minor: 0,
  metadata: { title: 'kept' },
  cells: [
    code(['a = 1\n', 'a']),
    {
      cell_type: 'markdown',
      metadata: {},
      source: ['x'],
      attachments: { 'a.png': { 'image/png': ['iV', 'BO'] } },
    },
  ],
}

const version45 = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [code(['1'], { id: 'kept' }), code('{"a": 1}', { id: 'b' })],
}

type Fields = Readonly<Record<string, unknown>>

/** Without ids, which are random, and what is in memory only. */
function compared(content: unknown): unknown {
  const { metadata, ...rest }: Fields = Object(content)
  const { orig_nbformat: _major, orig_nbformat_minor: _minor, ...kept }: Fields = Object(metadata)
  const cells = Array.isArray(rest['cells']) ? rest['cells'] : []
  return {
    ...rest,
    metadata: kept,
    cells: cells.map(({ id, ...cell }: Fields) => {
      const { trusted: _trusted, ...own }: Fields = Object(cell['metadata'])
      return { ...cell, metadata: own, hasId: typeof id === 'string' }
    }),
  }
}

const read = (content: unknown) => readNotebookFile(Buffer.from(jsonText(content)), '/n.ipynb')

describe('readNotebookFile()', () => {
  test('upgrades as nbformat does', async () => {
    const notebooks = [version3, version40, version45]
    const python = await pythonEnvironment()
    const stdout = await runProgram({
      command: python.bin('python'),
      args: ['-c', upgradeProgram, JSON.stringify(notebooks)],
    })
    const expected: readonly unknown[] = JSON.parse(stdout)
    expect(notebooks.map((each) => compared(read(each).content))).toEqual(expected.map(compared))
  })

  test('gives the cells of an old notebook new ids, and keeps those of a new one', () => {
    const ids = read(version40).cells.map(({ id }) => id)
    expect(ids).toEqual([
      expect.stringMatching(/^[\da-f]{8}$/),
      expect.stringMatching(/^[\da-f]{8}$/),
    ])
    expect(new Set(ids).size).toBe(2)
    expect(read(version45).cells.map(({ id }) => id)).toEqual(['kept', 'b'])
  })

  test('keeps a later minor version, and every digit of a number', () => {
    const text =
      '{"nbformat": 4, "nbformat_minor": 7, "metadata": {"n": 123456789012345678901}, "cells": []}'
    const { content } = readNotebookFile(Buffer.from(`\ufeff${text}`), '/n.ipynb')
    expect(content).toMatchObject({ nbformat_minor: 7, metadata: { n: 123456789012345678901n } })
  })

  test.each([
    { name: 'nothing', text: '', reason: 'it is empty' },
    { name: 'a page', text: '\n<!DOCTYPE html>', reason: 'it is HTML; name the file itself' },
    { name: 'text', text: 'print("s3cret")', reason: "it is no JSON (Unexpected token 'p')" },
    { name: 'half a notebook', text: '{"cells": [', reason: 'it is no JSON (Unexpected end of' },
    { name: 'a list', text: '[]', reason: 'it is JSON, but no object' },
    { name: 'other JSON', text: '{"a": 1}', reason: 'it has no field "nbformat"' },
    {
      name: 'version 2',
      text: '{"nbformat": 2, "worksheets": []}',
      reason: 'it has nbformat 2, and 3 and 4 are read; open it in Jupyter and save it',
    },
    { name: 'version 5', text: '{"nbformat": 5}', reason: 'nbformat 5, and 3 and 4 are read' },
    { name: 'no cells', text: '{"nbformat": 4, "nbformat_minor": 5}', reason: 'no list of cells' },
    { name: 'odd cells', text: '{"nbformat": 4, "cells": [1]}', reason: 'cell 0 is not an object' },
    {
      name: 'odd sheets',
      text: '{"nbformat": 3, "worksheets": [{"cells": ["x"]}, 5, null]}',
      reason: 'cell 0 is not an object',
    },
  ])('refuses $name', ({ text, reason }) => {
    const errorText = errorTextOf(() => readNotebookFile(Buffer.from(text), 'file:/n.ipynb'))
    expect(errorText).toMatch(/^NOTEBOOK_INVALID: Cannot read "file:\/n\.ipynb" as a notebook: /)
    expect(errorText).toContain(reason)
    expect(errorText).not.toContain('s3cret')
  })

  test('refuses bytes that are not UTF-8', () => {
    expect(() => readNotebookFile(Buffer.from([0x7b, 0xff]), '/n')).toThrow(RunError)
  })

  test.each([
    { name: 'fields of version 3', content: { nbformat: 3, worksheets: 1, metadata: [] } },
    {
      name: 'cells of version 3',
      content: {
        nbformat: 3,
        worksheets: [
          { cells: [{ cell_type: 'code', input: 'x', outputs: [1, { output_type: 'pyout' }] }] },
        ],
      },
    },
  ])('reads strange $name', ({ content }) => {
    expect(read(content).content).toMatchObject({ nbformat: 4, nbformat_minor: 5 })
  })
})
