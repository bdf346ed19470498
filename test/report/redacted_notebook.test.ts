import { describe, expect, test } from '@jest/globals'
import { createRedactor } from '../../src/report/redact.ts'
import { redactedNotebook } from '../../src/report/redacted_notebook.ts'

function notebook(secret: string) {
  const stream = { output_type: 'stream', name: 'stdout', text: `a ${secret} b` }
  const data = { 'text/plain': [secret, 'x'] }
  return {
    nbformat: 4,
    metadata: { papermill: { parameters: { p: secret } } },
    cells: [
      { cell_type: 'markdown', id: 'a', metadata: {}, source: `see ${secret}` },
      {
        cell_type: 'code',
        id: 'b',
        metadata: {},
        source: 'print(x)',
        outputs: [stream, { output_type: 'display_data', data, metadata: {} }],
      },
    ],
  }
}

describe('redactedNotebook()', () => {
  test('redactedNotebook() takes a secret out of every place', () => {
    const secret = 's3cret-in-a-notebook'
    expect(redactedNotebook(notebook(secret), createRedactor([secret]))).toEqual(
      notebook('[redacted]'),
    )
  })

  test('redactedNotebook() keeps parts that hold no secret as they are', () => {
    const before = notebook('x')
    const after = redactedNotebook(before, createRedactor(['s3cret']))
    expect(after).toEqual(before)
    const [first] = Array.isArray(after['cells']) ? after['cells'] : []
    expect(first).toBe(before.cells[0])
  })

  test.each(['code', 'stream', 'stdout', 'b'])(
    'redactedNotebook() leaves a notebook behind when the secret is "%s"',
    (secret) => {
      const outputs = [{ output_type: 'stream', name: 'stdout' }, { output_type: 'display_data' }]
      expect(redactedNotebook(notebook('x'), createRedactor([secret]))).toMatchObject({
        cells: [{ cell_type: 'markdown' }, { cell_type: 'code', id: 'b', outputs }],
      })
    },
  )
})
