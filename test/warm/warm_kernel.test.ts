import { describe, expect, test } from '@jest/globals'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { setupOf } from '../../src/warm/setup.ts'
import { warmUp } from '../../src/warm/warm_kernel.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { notebookOf } from '../support/notebook_file.ts'

describe('warmUp()', () => {
  test('writes secrets in the language that the request names', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.specs = { default: 'other', kernelspecs: { other: { spec: { language: 'unknown' } } } }
    const secrets = [{ name: 'key', value: 's3cret' }]
    const request = jupyter.request({ kernelName: 'other', language: 'python', secrets })
    const cells = [
      { type: 'code', source: 'number = 0', metadata: { tags: ['parameters'] } },
    ] as const
    const notebook = readNotebook(notebookOf(cells), 'n.ipynb')
    const recipe = { request, notebook, redactor: createRedactor([]) }
    const { signal } = new AbortController()
    const warm = await warmUp({ ...recipe, setup: setupOf(notebook, request) }, signal)
    await warm.end()
    expect(jupyter.kernel.received.map(({ code }) => code)).toContainEqual(
      expect.stringContaining('s3cret'),
    )
  })
})
