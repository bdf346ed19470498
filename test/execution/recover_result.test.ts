import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { recoverResult } from '../../src/execution/recover_result.ts'
import type { Fields } from '../support/fake_frame.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { never } from '../support/observe.ts'
import { connectKernel } from '../support/open_channel.ts'

const data = { 'text/plain': '15' }

async function recoverFrom(reply: Fields, implementation = 'ipython') {
  await using jupyter = await FakeJupyter.start()
  jupyter.onKernel = (kernel) => {
    kernel.info = { status: 'ok', implementation }
  }
  jupyter.cells.set('', (cell) => {
    cell.say('execute_reply', { status: 'error' }, { msg_id: 'of-somebody-else' })
    cell.reply(reply)
  })
  await using kernel = await connectKernel(jupyter)
  const result = await recoverResult(kernel, 7, never)
  return { result, asked: jupyter.kernel.received.slice(1) }
}

describe('recoverResult()', () => {
  test('recoverResult() asks silently for the value of that cell', async () => {
    const value = { status: 'ok', data, metadata: { a: 1 } }
    const { result, asked } = await recoverFrom({ user_expressions: { value } })
    expect(result).toEqual({ data, metadata: { a: 1 }, execution_count: 7 })
    expect(asked[0]?.content).toMatchObject({
      code: '',
      silent: true,
      store_history: false,
      user_expressions: { value: expect.stringContaining('[7]') },
    })
  })

  test.each([
    [{ user_expressions: { value: { status: 'error', ename: 'KeyError' } } }],
    [{ user_expressions: {} }],
    [{ status: 'aborted' }],
  ])('recoverResult() gives null when the reply is %j', async (reply) => {
    expect((await recoverFrom(reply)).result).toBeNull()
  })

  test('recoverResult() asks nothing of a kernel that is not IPython', async () => {
    expect(await recoverFrom({}, 'IRkernel')).toEqual({ result: null, asked: [] })
  })

  test('recoverResult() throws the reason when it is stopped', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.cells.set('', () => undefined)
    await using kernel = await connectKernel(jupyter)
    const reason = new RunError('CANCELLED', 'stopped')
    await expect(recoverResult(kernel, 1, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(await recoverResult(kernel, null, never)).toBeNull()
  })
})
