import { describe, expect, test } from '@jest/globals'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { observeRun } from '../support/observe.ts'

const secrets = [
  { name: 'key', value: 's3cret-one' },
  { name: 'pin', value: 's3cret-two' },
]

function sources({ kernel }: FakeJupyter): readonly string[] {
  return kernel.received.map(({ code }) => code).filter((code) => code !== '')
}

describe('setSecrets()', () => {
  test('sets each secret before the first cell, in a silent request', async () => {
    await using jupyter = await FakeJupyter.start(['use(key)'])
    const { events, report } = await observeRun(jupyter.request({ secrets }))
    expect(report).toMatchObject({ outcome: 'succeeded', cells: { total: 1, executed: 1 } })
    expect(sources(jupyter)).toEqual(['key = "s3cret-one"', 'pin = "s3cret-two"', 'use(key)'])
    const silent = jupyter.kernel.received.map(({ content }) => content['silent'])
    expect(silent).toEqual([undefined, true, true, false])
    expect(JSON.stringify(events)).not.toContain('s3cret')
  })

  test('waits until the kernel is idle again before the first cell', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.cells.set('key = "s3cret-one"', async (cell) => {
      cell.status('idle')
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(sources(jupyter)).toEqual(['key = "s3cret-one"'])
      cell.reply()
    })
    const { report } = await observeRun(jupyter.request({ secrets: secrets.slice(0, 1) }))
    expect(report.outcome).toBe('succeeded')
    expect(sources(jupyter)).toHaveLength(2)
  })

  test('ends the run with an error that does not show the value when the kernel rejects it', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.cells.set('key = "s3cret-one"', (cell) => {
      cell.raises('TypeError', 'cannot set "s3cret-one"')
    })
    const { events, report } = await observeRun(jupyter.request({ secrets }))
    expect(report).toMatchObject({
      outcome: 'error',
      cells: { executed: 0 },
      kernelDeleted: true,
      error: {
        code: 'ARGUMENTS_INVALID',
        message:
          'Cannot set the secret "key": the kernel answers "TypeError"; choose another name for it',
      },
    })
    expect(JSON.stringify(events)).not.toContain('s3cret')
    expect(sources(jupyter)).toEqual(['key = "s3cret-one"'])
  })

  test('reports a lost connection as retryable', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.cells.set('key = "s3cret-one"', (cell) => cell.kernel.lose('RST'))
    const { report } = await observeRun(jupyter.request({ secrets }))
    expect(report.error).toMatchObject({ code: 'CONNECTION_LOST', retryable: true })
    expect(report.kernelDeleted).toBe(true)
  })

  test('sets nothing and starts no kernel in an unknown language', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.specs = {
      default: 'python3',
      kernelspecs: { python3: { spec: { language: 'cobol' } } },
    }
    const parameters = new Map([['a', 1n]])
    const { report } = await observeRun(jupyter.request({ parameters, kernelName: 'python3' }))
    expect(report).toMatchObject({ kernel: null, error: { code: 'ARGUMENTS_INVALID' } })
    expect(jupyter.countOf('create')).toBe(0)
  })

  test('requests the language of an existing kernel', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    jupyter.specs = { default: 'ir', kernelspecs: { ir: { spec: { language: 'R' } } } }
    const { id } = jupyter.addKernel('0b5a5f27-1111-4222-8333-944455556666', 'ir')
    const parameters = new Map([['a', true]])
    const { report } = await observeRun(jupyter.request({ parameters, kernelId: id }))
    expect(report).toMatchObject({ outcome: 'succeeded', cells: { total: 2 } })
    expect(sources(jupyter)).toEqual(['# Parameters\na = TRUE\n', '1'])
  })
})
