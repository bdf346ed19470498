import { describe, expect, test } from '@jest/globals'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { setupOf } from '../../src/warm/setup.ts'
import { WarmNotebook } from '../../src/warm/warm_notebook.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { notebookOf } from '../support/notebook_file.ts'
import { until } from '../support/until.ts'

describe('WarmNotebook.reserve()', () => {
  test('has another kernel made when the request that holds one ends before it takes it', async () => {
    await using jupyter = await FakeJupyter.start()
    const cells = [
      { type: 'code', source: 'number = 0', metadata: { tags: ['parameters'] } },
    ] as const
    const [request, redactor] = [jupyter.request(), createRedactor([])]
    const notebook = readNotebook(notebookOf(cells), 'n.ipynb')
    const recipe = { request, redactor, notebook, setup: setupOf(notebook, request) }
    const closing = new AbortController()
    const { signal } = closing
    const shared = { maxAgeMs: 60_000, hasRoom: () => true, log: () => undefined, signal }
    const warm = new WarmNotebook('/folder/test.ipynb', 1, shared)
    await warm.prefill({ read: () => Promise.resolve(recipe), redactor })
    expect(warm.status).toMatchObject({ ready: 1 })
    {
      using reservation = warm.reserve(request, redactor)
      expect(reservation.isHeld).toBe(true)
    }
    expect(warm.status).toMatchObject({ ready: 0 })
    await until('the other kernel', () => warm.status.ready === 1 || undefined, 10_000)
    closing.abort()
    await warm.close()
    expect([jupyter.made.length, jupyter.kernels.size]).toEqual([2, 0])
  })
})
