import { expect, test } from '@jest/globals'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { observeRun } from '../support/observe.ts'

/** Runs a notebook of one cell in a kernel that does this when it is asked something behind it. */
async function observe(then: (jupyter: FakeJupyter) => void) {
  await using jupyter = await FakeJupyter.start(['x'])
  jupyter.cells.set('x', (cell) => {
    cell.ok('15')
    then(jupyter)
  })
  return await observeRun(jupyter.request())
}

test('the run says that output may be missing when the kernel does not answer behind its last cell', async () => {
  const { report } = await observe(({ kernel }) => {
    kernel.answersInfo = false
  })
  expect(report).toMatchObject({
    outcome: 'succeeded',
    result: { data: { 'text/plain': '15' } },
    outputComplete: false,
    warnings: [expect.stringMatching(/^The kernel did not say .* of cell 0 .* may be missing$/)],
  })
})

test('a run that went well stays as it is when the kernel dies behind its last cell', async () => {
  const { report } = await observe(({ kernel }) => {
    kernel.answersInfo = false
    kernel.say({ type: 'status', content: { execution_state: 'restarting' }, parent: {} })
  })
  expect(report).toMatchObject({
    outcome: 'succeeded',
    result: { data: { 'text/plain': '15' } },
    outputComplete: false, // since nobody can know
    warnings: [expect.stringMatching(/^The kernel ended, .* of cell 0 .* may be missing$/)],
  })
})
