import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { outputOf } from '../../src/execution/output.ts'
import { recoverResult, resultOf } from '../../src/execution/result.ts'
import type { ExecuteReply, KernelMessage } from '../../src/jupyter/messages.ts'
import type { Fields } from '../support/fake_frame.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import type { CellScript } from '../support/fake_kernel.ts'
import { display, messageOf, print, raised, result, textData } from '../support/messages.ts'
import { neverAborts, observeRun } from '../support/observe.ts'
import { connectKernel } from '../support/open_channel.ts'

/** Runs a notebook of one cell in a kernel that does this when it is asked something behind it. */
async function observe(then: (jupyter: FakeJupyter) => void) {
  await using jupyter = await FakeJupyter.start(['x'])
  jupyter.cells.set('x', (cell) => {
    cell.ok('15')
    then(jupyter)
  })
  return await observeRun(jupyter.request())
}

test('warns that output may be missing when the kernel does not answer after its last cell', async () => {
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

test('does not fail a successful run when the kernel dies after its last cell', async () => {
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

/** Runs a notebook of one cell in a kernel of this implementation. */
async function observeLateValue(implementation: string, script: CellScript) {
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

test('output of C code that IPython reads only after another request is the result', async () => {
  await using jupyter = await FakeJupyter.start(['x'])
  jupyter.cells.set('x', (cell) => {
    cell.ok()
    jupyter.kernel.afterInfo = () => {
      jupyter.kernel.afterInfo = null
      cell.stream('15\n')
    }
  })
  expect((await observeRun(jupyter.request())).report).toMatchObject({
    result: { data: { 'text/plain': '15\n' } },
    outputComplete: true,
  })
})

describe('awaitLateResult()', () => {
  test('returns a value that arrives after idle', async () => {
    const { events, report } = await observeLateValue('deno', (cell) => {
      cell.ok()
      cell.stream('on the way')
      cell.result('15')
    })
    const outcome = { outcome: 'succeeded', result: { data: { 'text/plain': '15' } } }
    expect(report).toMatchObject(outcome)
    const outputs = events.filter(({ type }) => type === 'cell_output')
    expect(outputs).toMatchObject([{ cell: { index: 0 } }, { cell: { index: 0 } }])
  })

  test('waits for a late value for a limited time', async () => {
    const expected = { data: { 'text/plain': '15' } }
    expect((await observeLateValue('deno', late(10, value))).report).toMatchObject({
      result: expected,
    })
    expect((await observeLateValue('deno', late(2_000, value))).report).toMatchObject({
      outcome: 'succeeded',
      result: null,
    })
  })

  test('does not wait when there already is a value', async () => {
    const { report } = await observeLateValue('deno', (cell) => {
      cell.ok('15')
      cell.result('16')
    })
    expect(report).toMatchObject({ result: { data: { 'text/plain': '15' } } })
  })

  test('ignores the value of another request', async () => {
    const { report } = await observeLateValue('deno', (cell) => {
      cell.ok()
      cell.say('execute_result', { data: { 'text/plain': '1' } }, { msg_id: 'of-somebody-else' })
    })
    expect(report).toMatchObject({ outcome: 'succeeded', result: null })
  })

  test('does not fail a successful run when the kernel dies then', async () => {
    const { report } = await observeLateValue('deno', (cell) => {
      cell.ok()
      cell.status('restarting', {})
    })
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true, result: null })
  })
})

const data = { 'text/plain': '15' }

async function recoverFrom(reply: Fields, implementation = 'ipython') {
  await using jupyter = await FakeJupyter.start()
  jupyter.onKernel = (kernel) => {
    kernel.info = { status: 'ok', implementation }
  }
  jupyter.cells.set('', (cell) => {
    cell.say('execute_reply', { status: 'error' }, { msg_id: 'of-somebody-else' })
    cell.reply(reply)
    cell.status('idle')
  })
  await using kernel = await connectKernel(jupyter)
  const recovered = await recoverResult(kernel, 7, neverAborts)
  return { result: recovered, asked: jupyter.kernel.received.slice(1) }
}

describe('recoverResult()', () => {
  test('recoverResult() requests the value of the cell silently', async () => {
    const answer = { status: 'ok', data, metadata: { a: 1 } }
    const { result: recovered, asked } = await recoverFrom({ user_expressions: { value: answer } })
    expect(recovered).toEqual({ data, metadata: { a: 1 }, execution_count: 7 })
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
  ])('recoverResult() returns null when the reply is %j', async (reply) => {
    expect((await recoverFrom(reply)).result).toBeNull()
  })

  test('recoverResult() asks nothing of a kernel that is not IPython', async () => {
    expect(await recoverFrom({}, 'IRkernel')).toEqual({ result: null, asked: [] })
  })

  test('recoverResult() throws the reason of its signal', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.cells.set('', () => undefined)
    await using kernel = await connectKernel(jupyter)
    const reason = new RunError('CANCELLED', 'stopped')
    await expect(recoverResult(kernel, 1, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(await recoverResult(kernel, null, neverAborts)).toBeNull()
  })
})

const ok = { status: 'ok', execution_count: 7 }
const page = { ...ok, payload: [{ source: 'page', data: textData('help') }] }

function replyOf(content: Fields): ExecuteReply | null {
  const reply = messageOf('execute_reply', content)
  return reply.type === 'execute_reply' ? reply : null
}

function outputsOf(messages: readonly KernelMessage[]) {
  return messages.map(outputOf).filter((output) => output !== null)
}

describe('resultOf()', () => {
  test.each<[string, readonly KernelMessage[], Fields, string | null, number | null]>([
    ['the last value', [result('1', 3), result('2', 4), display('d'), print('p')], page, '2', 4],
    ['the last display', [display('1'), display('2'), print('p')], page, '2', 7],
    ['all that was printed', [print('a'), print('no', 'stderr'), print('b')], page, 'ab', 7],
    ['the page', [print('no', 'stderr')], page, 'help', 7],
    ['nothing', [print('no', 'stderr'), raised], ok, null, null],
    ['nothing of an empty print', [print('')], ok, null, null],
  ])('resultOf() returns %s', (_, messages, reply, text, execution_count) => {
    const expected = text === null ? null : { data: textData(text), metadata: {}, execution_count }
    expect(resultOf(outputsOf(messages), replyOf(reply))).toEqual(expected)
  })

  test('resultOf() needs no reply', () => {
    expect(resultOf(outputsOf([print('a')]), null)).toMatchObject({ execution_count: null })
    expect(resultOf([], null)).toBeNull()
  })
})
