import { describe, expect, test } from '@jest/globals'
import { setTimeout as pause } from 'node:timers/promises'
import type { CellScript } from '../support/fake_kernel.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { observeRun } from '../support/observe.ts'

/** Runs a notebook of one cell in a kernel of this implementation. */
async function observe(implementation: string, script: CellScript) {
  await using jupyter = await FakeJupyter.start(['x'])
  jupyter.onKernel = (kernel) => {
    kernel.info = { status: 'ok', implementation }
  }
  jupyter.cells.set('x', script)
  return await observeRun(jupyter.request())
}

const value: CellScript = (cell) => cell.result('15')

const late = (ms: number, then: CellScript): CellScript => {
  return async (cell) => {
    cell.ok()
    await pause(ms)
    await then(cell)
  }
}

describe('lateValue()', () => {
  test('finds a value that comes after idle', async () => {
    const { events, report } = await observe('deno', (cell) => {
      cell.ok()
      cell.stream('on the way')
      cell.result('15')
    })
    const outcome = { outcome: 'succeeded', result: { data: { 'text/plain': '15' } } }
    expect(report).toMatchObject(outcome)
    const outputs = events.filter(({ type }) => type === 'cell_output')
    expect(outputs).toMatchObject([{ cell: { index: 0 } }, { cell: { index: 0 } }])
  })

  test('waits for a value that is a little late, and no longer', async () => {
    const result = { data: { 'text/plain': '15' } }
    expect((await observe('deno', late(100, value))).report).toMatchObject({ result })
    expect((await observe('deno', late(600, value))).report).toMatchObject({
      outcome: 'succeeded',
      result: null,
    })
  })

  test('does not wait when there is a value', async () => {
    const { report } = await observe('deno', (cell) => {
      cell.ok('15')
      cell.result('16')
    })
    expect(report).toMatchObject({ result: { data: { 'text/plain': '15' } } })
  })

  test('does not take the value of another request', async () => {
    const { report } = await observe('deno', (cell) => {
      cell.ok()
      cell.say('execute_result', { data: { 'text/plain': '1' } }, { msg_id: 'of-somebody-else' })
    })
    expect(report).toMatchObject({ outcome: 'succeeded', result: null })
  })

  test('leaves a run that went well as it is when the kernel dies then', async () => {
    const { report } = await observe('deno', (cell) => {
      cell.ok()
      cell.status('restarting', {})
    })
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true, result: null })
  })
})
