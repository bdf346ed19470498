import { expect, test } from '@jest/globals'
import { recoverResult } from '../../src/execution/result.ts'
import { observeCell } from '../support/cell.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { neverAborts } from '../support/observe.ts'
import { connectKernel } from '../support/open_channel.ts'

// These wait for limits of several seconds, all at the same time.

test.concurrent.each([
  [true, 'CELL_FAILED', 'the kernel is idle and answers other requests'],
  [false, 'KERNEL_GONE', 'may be shutting down'],
])(
  'executeCell() throws when no reply arrives within 5 s after idle (the kernel answers: %s)',
  async (answersInfo, code, message) => {
    const { error, end } = await observeCell((cell, { kernel }) => {
      kernel.answersInfo = answersInfo
      cell.start()
      cell.result('15')
      cell.status('idle')
    })
    expect(end).toBeNull()
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
  },
  30_000,
)

test.concurrent(
  'executeCell() ends with a warning when the reply comes and no idle for 10 s',
  async () => {
    const { error, end, events } = await observeCell((cell) => {
      cell.start()
      cell.reply()
      cell.result('15')
    })
    expect(error).toBeNull()
    expect(end?.outputs.all).toMatchObject([{ data: { 'text/plain': '15' } }])
    expect(events.at(-1)).toMatchObject({ type: 'warning', outputLost: true })
  },
  15_000,
)

test.concurrent(
  'executeCell() throws when somebody deletes the kernel, which says nothing',
  async () => {
    const { error } = await observeCell((cell, jupyter) => {
      cell.start()
      jupyter.kernels.clear()
    })
    expect(error).toMatchObject({ code: 'KERNEL_GONE' })
  },
  15_000,
)

test.concurrent(
  'recoverResult() gives null when the kernel does not answer within 10 s',
  async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.cells.set('', () => undefined)
    await using kernel = await connectKernel(jupyter)
    expect(await recoverResult(kernel, 1, neverAborts)).toBeNull()
  },
  15_000,
)
