import { describe, expect, test } from '@jest/globals'
import { redactedNotebook } from '../../src/redaction/redacted_notebook.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'

const asRead = 'print(x)'

/** An executed notebook: `written` by a person, `added` by the run. */
function notebook({ written, added }: { readonly written: string; readonly added: string }) {
  const stream = { output_type: 'stream', name: 'stdout', text: `a ${added} b` }
  const data = { 'text/plain': [added, 'x'] }
  const papermill = { parameters: { p: added }, input_path: '/a.ipynb' }
  return {
    nbformat: 4,
    metadata: { [written]: { tags: [written] }, papermill, widgets: { state: added } },
    cells: [
      {
        cell_type: 'markdown',
        id: 'a',
        metadata: { note: written },
        source: `see ${written}`,
        attachments: { [`${written}.png`]: { 'image/png': 'aaaa' } },
      },
      { cell_type: 'code', id: 'b', metadata: {}, source: `p = "${added}"`, outputs: [] },
      {
        cell_type: 'code',
        id: 'c',
        metadata: { tags: [written], papermill: { exception: added } },
        source: [asRead],
        outputs: [stream, { output_type: 'display_data', data, metadata: {} }],
      },
    ],
  }
}

function redacted(written: string, added: string, secret = added) {
  const sources = new Set([asRead, `see ${written}`])
  return redactedNotebook(notebook({ written, added }), {
    redactor: createRedactor([secret]),
    sources,
  })
}

describe('redactedNotebook()', () => {
  test('masks a secret in every part that the run adds', () => {
    const secret = 's3cret-in-a-notebook'
    expect(redacted('mine', secret)).toEqual(notebook({ written: 'mine', added: '[redacted]' }))
  })

  test.each(['test', 's3cret-in-a-notebook'])(
    'leaves what a person wrote unchanged, even if it contains %s',
    (secret) => {
      const before = notebook({ written: secret, added: 'added' })
      expect(redacted(secret, 'added', secret)).toEqual(before)
    },
  )

  test.each([
    { name: 'an object', cell: { source: { prompt: 'mine' } } },
    { name: 'a number', cell: { source: 5 } },
    { name: 'null', cell: { source: null } },
    { name: 'missing', cell: {} },
  ])('leaves a cell whose source is $name unchanged', ({ cell }) => {
    const before = { metadata: {}, cells: [{ cell_type: 'ai', metadata: {}, ...cell }] }
    const masking = {
      redactor: createRedactor(['s3cret-in-a-notebook']),
      sources: new Set<string>(),
    }
    expect(redactedNotebook(before, masking)).toStrictEqual(before)
  })

  test('masks the lines of a source that the run wrote', () => {
    const cell = {
      cell_type: 'code',
      metadata: {},
      source: ['p = 1\n', 'q = "s3cret-in-a-notebook"'],
    }
    const masking = {
      redactor: createRedactor(['s3cret-in-a-notebook']),
      sources: new Set<string>(),
    }
    expect(redactedNotebook({ metadata: {}, cells: [cell] }, masking)['cells']).toEqual([
      { ...cell, source: 'p = 1\nq = "[redacted]"' },
    ])
  })

  test('leaves outputs without a secret unchanged', () => {
    const before = notebook({ written: 'x', added: 'y' })
    const { cells } = redactedNotebook(before, {
      redactor: createRedactor(['s3cret']),
      sources: new Set(),
    })
    const [, , last] = Array.isArray(cells) ? cells : []
    expect(last.outputs[1]).toBe(before.cells[2]?.outputs?.[1])
  })

  test.each(['code', 'stream', 'stdout', 'b', 'display_data', 'papermill'])(
    'returns a notebook when the secret is "%s"',
    (secret) => {
      const outputs = [{ output_type: 'stream', name: 'stdout' }, { output_type: 'display_data' }]
      expect(redacted('x', 'y', secret)).toMatchObject({
        metadata: { papermill: {} },
        cells: [{ cell_type: 'markdown' }, { cell_type: 'code', id: 'b' }, { outputs }],
      })
    },
  )
})
