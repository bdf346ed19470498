import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { sameEnd } from '../../src/execution/reply_check.ts'
import { resultOf } from '../../src/execution/result.ts'
import { observeCell, type ObservedCell } from '../support/cell.ts'
import type { FakeAnswer } from '../support/fake_answer.ts'
import { binaryFrame } from '../support/fake_frame.ts'
import type { KernelRequest } from '../support/fake_kernel.ts'
import { outputModel } from '../support/messages.ts'
import { until } from '../support/until.ts'

function resultText({ end }: ObservedCell): unknown {
  return end === null ? null : resultOf(end.outputs.all, end.reply)?.data['text/plain']
}

const stranger = { msg_id: 'of-somebody-else', session: 'theirs' }

describe('executeCell() succeeds', () => {
  test.each<[string, (cell: FakeAnswer) => void]>([
    ['idle comes after the reply', (cell) => cell.ok('15')],
    [
      'idle comes before the reply',
      (cell) => {
        cell.start()
        cell.result('15')
        cell.status('idle')
        cell.reply()
      },
    ],
    [
      'the result comes after the reply',
      (cell) => {
        cell.start()
        cell.reply()
        cell.result('15')
        cell.status('idle')
      },
    ],
    [
      'the reply comes before everything else',
      (cell) => {
        cell.reply()
        cell.start()
        cell.result('15')
        cell.status('idle')
      },
    ],
    [
      'others are answered at the same time',
      (cell) => {
        cell.start()
        cell.status('idle', stranger)
        cell.say('execute_reply', { status: 'error', ename: 'E', evalue: '' }, stranger)
        cell.say('execute_result', { data: { 'text/plain': 'theirs' } }, stranger)
        cell.status('idle', {})
        cell.result('15')
        cell.reply()
        cell.status('idle')
      },
    ],
    [
      'there are messages of unknown types',
      (cell) => {
        cell.say('iopub_welcome', {}, {})
        cell.start()
        cell.say('comm_open', { comm_id: '1' })
        cell.say('from_the_future', {})
        cell.result('15')
        cell.reply()
        cell.status('idle')
      },
    ],
    [
      'there are frames that cannot be read',
      (cell) => {
        cell.start()
        cell.kernel.send('no JSON')
        cell.kernel.send(Buffer.from([1, 2, 3]))
        cell.kernel.send('{"header": {"msg_type": "execute_reply"}, "parent_header": null}')
        cell.result('15')
        cell.reply()
        cell.status('idle')
      },
    ],
    [
      'there are binary frames with buffers',
      (cell) => {
        const content = { data: { 'text/plain': '15' }, metadata: {}, execution_count: 1 }
        const message = { type: 'execute_result', content, parent: cell.parent, session: 's' }
        cell.start()
        cell.kernel.send(
          binaryFrame({ ...message, session: sessionOf(cell) }, [Buffer.from([1, 2, 3])]),
        )
        cell.reply()
        cell.status('idle')
      },
    ],
    [
      'a message holds NaN, and fields are missing',
      (cell) => {
        cell.start()
        cell.kernel.send(nanFrame(cell))
        cell.say('display_data', {})
        cell.result('15')
        cell.reply()
        cell.status('idle')
      },
    ],
    [
      'a display has no transient',
      (cell) => {
        cell.start()
        cell.display('picture', null)
        cell.result('15')
        cell.reply()
        cell.status('idle')
      },
    ],
  ])('executeCell() succeeds when %s', async (_, script) => {
    const observed = await observeCell(script)
    expect(observed.error).toBeNull()
    expect(observed.end).toMatchObject({ failure: null, exits: false, reply: { status: 'ok' } })
    expect(resultText(observed)).toBe('15')
  })

  test('executeCell() emits each output as it arrives, joined or not', async () => {
    const { events, end } = await observeCell((cell) => {
      cell.start()
      cell.stream('a')
      cell.stream('b')
      cell.display('one', 'd')
      cell.display('two', 'd', 'update_display_data')
      cell.ok('15')
    })
    const outputs = events.map((event) => event.type === 'cell_output' && event.output)
    expect(outputs).toMatchObject([
      { text: 'a' },
      { text: 'b' },
      { output_type: 'display_data' },
      { output_type: 'execute_result' },
    ])
    expect(end?.outputs.all).toMatchObject([
      { text: 'ab' },
      { data: { 'text/plain': 'two' } },
      { data: { 'text/plain': '15' } },
    ])
  })

  test.each([
    {
      name: 'exit()',
      reply: (cell: FakeAnswer) => cell.reply({ payload: [{ source: 'ask_exit' }] }),
    },
    { name: 'sys.exit(0)', reply: (cell: FakeAnswer) => cell.replyError('SystemExit', '0') },
  ])('executeCell() ends the notebook when the cell calls $name', async ({ reply }) => {
    const { end } = await observeCell((cell) => {
      cell.start()
      reply(cell)
      cell.status('idle')
    })
    expect(end).toMatchObject({ exits: true, failure: null })
  })
})

describe('executeCell() returns a failure', () => {
  test.each<[string, (cell: FakeAnswer) => void, string]>([
    ['it raises', (cell) => cell.raises('E', 'v'), 'Cell 0 raised E: v'],
    [
      'the server drops the error and sends the reply',
      (cell) => {
        cell.start()
        cell.replyError('E', 'v')
        cell.status('idle')
      },
      'Cell 0 raised E: v',
    ],
    [
      'it is aborted',
      (cell) => {
        cell.status('busy')
        cell.reply({ status: 'aborted' })
        cell.status('idle')
      },
      'Cell 0 failed: the kernel did not run it (aborted)',
    ],
    [
      'the reply has no status',
      (cell) => {
        cell.say('execute_reply', {})
        cell.status('idle')
      },
      'Cell 0 failed: ""',
    ],
    [
      'it shows an error and the reply is ok',
      (cell) => {
        cell.start()
        cell.say('error', { ename: 'E', evalue: 'v', traceback: [] })
        cell.reply()
        cell.status('idle')
      },
      'Cell 0 raised E: v, although the kernel answered "ok"; if the cell may fail, tag it "raises-exception"',
    ],
    [
      'it shows an error between the reply and its end',
      (cell) => {
        cell.start()
        cell.reply()
        cell.say('error', { ename: 'E', evalue: 'v', traceback: [] })
        cell.status('idle')
      },
      'Cell 0 raised E: v, although the kernel answered "ok"; if the cell may fail, tag it "raises-exception"',
    ],
    [
      'it calls exit(2)',
      (cell) => {
        cell.start()
        cell.reply({ payload: [{ source: 'ask_exit', keepkernel: 2 }] })
        cell.status('idle')
      },
      'Cell 0 called exit(2), which says that it failed',
    ],
    [
      'it calls sys.exit(3)',
      (cell) => cell.raises('SystemExit', '3'),
      'Cell 0 raised SystemExit: 3',
    ],
  ])('executeCell() returns a failure when %s', async (_, script, message) => {
    const { end, error } = await observeCell(script)
    expect(error).toBeNull()
    expect(end).toMatchObject({ exits: false, failure: { code: 'CELL_FAILED', message } })
  })
})

describe('executeCell() records an error', () => {
  const error = { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['E: v'] }
  test.each<[string, (cell: FakeAnswer) => void]>([
    ['as it is shown, once', (cell) => cell.raises('E', 'v')],
    [
      'from the reply when the server drops the one that is shown',
      (cell) => {
        cell.start()
        cell.replyError('E', 'v')
        cell.status('idle')
      },
    ],
    [
      'once when it is shown after the reply',
      (cell) => {
        cell.start()
        cell.replyError('E', 'v')
        cell.say('error', { ename: 'E', evalue: 'v', traceback: ['E: v'] })
        cell.status('idle')
      },
    ],
  ])('executeCell() records an error %s', async (_, script) => {
    const { end } = await observeCell(script)
    expect(end?.outputs.all).toEqual([error])
  })

  test('executeCell() records the error of the interrupt after a timeout', async () => {
    const { record } = await observeCell(
      async (cell) => {
        cell.start()
        await cell.kernel.nextInterrupt()
        cell.replyError('KeyboardInterrupt', '')
        cell.status('idle')
      },
      { cellTimeoutMs: 50 },
    )
    const metadata = { papermill: { status: 'failed', exception: true } }
    const outputs = [{ output_type: 'error', ename: 'KeyboardInterrupt' }]
    expect(record.content()).toMatchObject({ cells: [{ metadata, outputs }] })
  })

  test('executeCell() lets a cell fail that is expected to, and sends stop_on_error accordingly', async () => {
    const { end, jupyter } = await observeCell((cell) => cell.raises('E', 'v'), {
      expectsError: true,
    })
    expect(end).toMatchObject({ failure: null, reply: { status: 'error' } })
    expect(end?.outputs.all).toEqual([error])
    expect(jupyter.kernel.received.at(-1)?.content['stop_on_error']).toBe(false)
  })

  test.each<[string, (cell: FakeAnswer) => void]>([
    ['shows an error', (cell) => cell.say('error', { ename: 'E', evalue: 'v', traceback: [] })],
    ['calls exit(2)', (cell) => cell.reply({ payload: [{ source: 'ask_exit', keepkernel: 2 }] })],
  ])(
    'executeCell() continues after a cell that is expected to fail when it %s',
    async (_, script) => {
      const { end } = await observeCell(
        (cell) => {
          cell.start()
          script(cell)
          cell.reply()
          cell.status('idle')
        },
        { expectsError: true },
      )
      expect(end).toMatchObject({ failure: null, exits: false })
    },
  )

  test('executeCell() returns a failure when a cell that is expected to fail never ran', async () => {
    const { end } = await observeCell(
      (cell) => {
        cell.reply({ status: 'aborted' })
        cell.status('idle')
      },
      { expectsError: true },
    )
    expect(end).toMatchObject({ failure: { code: 'CELL_FAILED' } })
    expect(end?.outputs.all).toEqual([])
  })
})

describe('executeCell() with an Output widget', () => {
  test('executeCell() sends the outputs that the widget captured to the kernel once', async () => {
    const { end, jupyter } = await observeCell((cell) => {
      const state = { ...outputModel, msg_id: '' }
      const tell = (type: string, content: object) => cell.say(type, { comm_id: 'w', ...content })
      cell.start()
      tell('comm_open', { target_name: 'jupyter.widget', data: { state } })
      tell('comm_msg', { data: { state: { msg_id: cell.parent['msg_id'] } } })
      cell.stream('a')
      cell.stream('b')
      tell('comm_msg', { data: { state: { msg_id: '' } } })
      cell.stream('c')
      cell.reply()
      cell.status('idle')
    })
    expect(end?.outputs.all).toMatchObject([{ text: 'c' }])
    const told = jupyter.kernel.received.filter(({ type }) => type === 'comm_msg')
    const outputs = [{ output_type: 'stream', name: 'stdout', text: 'ab' }]
    expect(told.map(({ content }) => content)).toEqual([
      { comm_id: 'w', data: { method: 'update', state: { outputs }, buffer_paths: [] } },
    ])
  })
})

describe('executeCell() throws', () => {
  test.each<[string, (cell: FakeAnswer) => void | Promise<void>, string]>([
    ['is restarting', (cell) => cell.status('restarting', {}), 'KERNEL_DIED'],
    ['is dead', (cell) => cell.status('dead', {}), 'KERNEL_DIED'],
    ['is shut down', (cell) => cell.say('shutdown_reply', {}, stranger), 'KERNEL_GONE'],
    [
      'is another process',
      ({ kernel }) =>
        kernel.say({
          type: 'status',
          content: { execution_state: 'starting' },
          parent: {},
          session: 'another',
        }),
      'KERNEL_DIED',
    ],
  ])(
    'executeCell() throws, with the last printed line, when the kernel %s',
    async (_, script, code) => {
      const { error, jupyter } = await observeCell((cell) => {
        cell.start()
        cell.stream('almost\n')
        return script(cell)
      })
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(
          /; cell 0 was running, which had printed last: "almost"(?:; give the server .*)?$/,
        ),
      })
      expect(jupyter.countOf('interrupt')).toBe(0)
    },
  )

  test('executeCell() interrupts and throws when the kernel asks for input', async () => {
    const { error, jupyter } = await observeCell(async (cell) => {
      cell.say('input_request', { prompt: 'name?' })
      await cell.sleeps()
    })
    expect(error).toMatchObject({
      code: 'CELL_FAILED',
      message: expect.stringContaining('asks for input'),
      ename: 'KeyboardInterrupt',
    })
    expect(jupyter.countOf('interrupt')).toBe(1)
  })

  test('executeCell() interrupts and throws, with the traceback, when the cell times out', async () => {
    const { error, jupyter } = await observeCell((cell) => cell.sleeps(), { cellTimeoutMs: 100 })
    expect(error).toMatchObject({
      code: 'CELL_TIMED_OUT',
      message:
        'Cell 0 did not end within 0.1 s (--cell-timeout); raise that limit, or make the cell faster',
      ename: 'KeyboardInterrupt',
      traceback: ['interrupted'],
    })
    expect(jupyter.countOf('interrupt')).toBe(1)
  })

  test('executeCell() emits what is printed after the interrupt', async () => {
    const { events } = await observeCell(
      async (cell) => {
        await cell.kernel.nextInterrupt()
        cell.stream('cleaning up')
        cell.replyError('KeyboardInterrupt', '')
        await pause(20)
        cell.stream('behind the reply')
        cell.status('idle')
      },
      { cellTimeoutMs: 50 },
    )
    expect(events).toMatchObject([
      { type: 'cell_output', output: { text: 'cleaning up' } },
      { type: 'cell_output', output: { text: 'behind the reply' } },
    ])
  })

  test('executeCell() returns the traceback of the interrupt without an idle status', async () => {
    const signal = AbortSignal.abort(new RunError('CANCELLED', 'Cannot go on: stopped'))
    const { error } = await observeCell(
      async (cell) => {
        await cell.kernel.nextInterrupt()
        cell.replyError('KeyboardInterrupt', '')
      },
      { signal },
    )
    expect(error).toMatchObject({ code: 'CANCELLED', ename: 'KeyboardInterrupt' })
  })

  test('executeCell() throws soon after its signal aborts, even if the cell continues', async () => {
    for (const [code, maxMs] of [
      ['INSTANCE_STOPPED', 2_500], // the platform leaves little time
      ['CANCELLED', 10_000],
    ] as const) {
      const reason = new RunError(code, 'Cannot go on: stopped')
      const stop = new AbortController()
      let abortedTick = NaN
      setTimeout(() => {
        abortedTick = performance.now()
        stop.abort(reason)
      }, 100)
      const { error } = await observeCell((cell) => cell.start(), { signal: stop.signal })
      expect(error).toBe(reason)
      expect(performance.now() - abortedTick).toBeLessThan(maxMs)
    }
  })

  test('executeCell() throws the reason when the interrupt fails', async () => {
    const { error, jupyter } = await observeCell(
      (cell, server) => {
        cell.start()
        server.script('interrupt', { status: 500, body: '' })
      },
      { cellTimeoutMs: 50 },
    )
    expect(error).toMatchObject({ code: 'CELL_TIMED_OUT', ename: undefined })
    expect(jupyter.countOf('interrupt')).toBe(1)
  })
})

describe('executeCell() when the connection breaks', () => {
  test.each(['FIN', 'RST', 1011] as const)(
    'executeCell() ends well, and says so, after %s',
    async (how) => {
      const observed = await observeCell((cell) => {
        cell.start()
        cell.kernel.lose(how)
        cell.result('15')
        cell.reply()
        cell.status('idle')
      })
      expect(observed.error).toBeNull()
      expect(resultText(observed)).toBe('15')
      const warnings = observed.events.filter(({ type }) => type === 'warning')
      expect(warnings).toMatchObject([{ outputLost: true }])
    },
  )

  test('executeCell() ends when the idle status was lost with the connection', async () => {
    const { end, error } = await observeCell((cell) => {
      cell.start()
      cell.kernel.lose('RST')
      cell.reply()
    })
    expect(error).toBeNull()
    expect(end).toMatchObject({ failure: null, reply: { status: 'ok' } })
  })

  test('executeCell() asks IPython how the cell ended when its reply was lost', async () => {
    const { end, error } = await observeCell(async (cell, { cells }) => {
      const traceback = [`----> 1 ${sameEnd}`, 'Cell In[1], line 1']
      const bad = { status: 'error', ename: 'Bad', evalue: 'luck', traceback }
      const answers = [{ status: 'aborted' }, bad]
      cells.set(sameEnd, (again) => again.reply(answers.shift()))
      cell.start()
      await pause(50)
      cell.kernel.lose('RST')
    })
    expect(error).toBeNull()
    expect(end?.failure).toMatchObject({ code: 'CELL_FAILED', ename: 'Bad', evalue: 'luck' })
    expect(end?.failure?.traceback).toEqual(['Cell In[1], line 1'])
  })

  test('executeCell() throws when it is unknown whether the cell was started', async () => {
    const { error } = await observeCell((cell) => cell.kernel.lose('RST'))
    expect(error).toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringMatching(/^Cannot tell how the cell ended.*; cell 0 was running$/),
    })
  })
})

describe('executeCell() under the rate limit of the server', () => {
  test.each(['data', 'message'])('executeCell() warns that %s were dropped', async (kind) => {
    const { events, end } = await observeCell((cell) => {
      cell.start()
      notice(cell, kind, cell.parent['session'])
      cell.reply()
      cell.status('idle')
    })
    expect(events).toMatchObject([{ type: 'warning', outputLost: true }])
    expect(end?.outputs.all).toEqual([])
  })

  test('executeCell() warns that output may be missing when a message cannot be read', async () => {
    const { events, end } = await observeCell((cell) => {
      cell.start()
      cell.kernel.send('{"header": ')
      cell.reply()
      cell.status('idle')
    })
    expect(events).toEqual([
      {
        type: 'warning',
        outputLost: true,
        message: expect.stringMatching(/^A message of 11 bytes .* cell 0 cannot be read/),
      },
    ])
    expect(end?.failure).toBeNull()
  })

  test('executeCell() warns once, with a count, of 10,000 messages that cannot be read', async () => {
    const { events, error } = await observeCell((cell) => {
      cell.start()
      for (let count = 0; count < 10_000; count += 1) cell.kernel.send('{'.repeat(1 + (count % 9)))
      cell.raises('Bad', 'luck')
    })
    expect(events).toMatchObject([
      { type: 'cell_output' },
      {
        type: 'warning',
        outputLost: true,
        message: expect.stringMatching(/^10000 messages that came during cell 0 could not be read/),
      },
    ])
    expect(error).toBeNull()
  })

  test('executeCell() warns of unreadable messages also when it throws', async () => {
    const { events, error } = await observeCell((cell) => {
      cell.start()
      cell.kernel.send('no JSON')
      cell.status('restarting')
    })
    expect(error).toMatchObject({ code: 'KERNEL_DIED' })
    expect(events).toMatchObject([{ type: 'warning', outputLost: true }])
  })

  test('executeCell() warns once that the server drops output', async () => {
    const { events } = await observeCell((cell) => {
      cell.start()
      for (let count = 0; count < 100; count += 1) notice(cell, 'data', cell.parent['session'])
      cell.reply()
      cell.status('idle')
    })
    expect(events).toHaveLength(1)
  })

  test('executeCell() ignores a notice that the cell itself printed', async () => {
    const { events } = await observeCell((cell) => {
      cell.start()
      notice(cell, 'data', sessionOf(cell))
      cell.reply()
      cell.status('idle')
    })
    expect(events.map(({ type }) => type)).toEqual(['cell_output'])
  })
})

function sessionOf({ kernel }: FakeAnswer): string {
  return kernel.session
}

function nanFrame({ kernel, parent }: FakeAnswer): string {
  const header = `{"msg_type": "display_data", "session": ${JSON.stringify(kernel.session)}}`
  const content = '{"data": {"application/json": {"a": NaN}}, "metadata": {}, "transient": null}'
  return `{"header": ${header}, "parent_header": ${JSON.stringify(parent)}, "content": ${content}}`
}

/** What the server says in a stream of its own when it drops output. */
function notice(cell: FakeAnswer, kind: string, session: unknown): void {
  const content = { name: 'stderr', text: `IOPub ${kind} rate exceeded.\nThe Jupyter server` }
  const { parent } = cell
  cell.kernel.say({ type: 'stream', content, parent, session: String(session) })
}

describe('executeCell() with a kernel that sends output after its reply', () => {
  test.each(['reply', 'status'] as const)(
    'ends although there is always something new, when the %s has come',
    async (first) => {
      const { end, error, events } = await observeCell(
        (cell, { kernel }) => {
          cell.start()
          if (first === 'reply') cell.reply()
          else cell.status('idle')
          const trickle = setInterval(() => cell.stream('.'), 20)
          kernel.connection.socket.once('close', () => clearInterval(trickle))
        },
        { times: { maxRestMs: 500 } },
      )
      const expected = first === 'reply' ? null : expect.objectContaining({ code: 'CELL_FAILED' })
      expect(error).toEqual(expected)
      expect(end?.failure ?? null).toBeNull()
      const warnings = events.filter(({ type }) => type === 'warning')
      expect(warnings).toMatchObject([{ outputLost: true }])
    },
  )
})

/** As IPython shows an integer that it is asked about. */
function shownNumber(value: number) {
  const text = `\u001B[31mType:\u001B[39m        int\n\u001B[31mString form:\u001B[39m ${value}\n`
  return { status: 'ok', found: true, data: { 'text/plain': text }, metadata: {} }
}

describe('executeCell() with a kernel that may never answer', () => {
  test('continues to wait when the kernel handles other requests while the cell runs', async () => {
    const { end, error } = await observeCell(
      async (cell, { kernel }) => {
        cell.start()
        const question = await until('the question', () => kernel.received[2])
        cell.status('busy', question.header)
        cell.say('inspect_reply', shownNumber(1), question.header)
        cell.status('idle', question.header)
        await pause(300)
        cell.result('15')
        cell.reply()
        cell.status('idle')
      },
      { times: { checkReplyAfterMs: 100 } },
    )
    expect(error).toBeNull()
    expect(end?.outputs.all).toHaveLength(1)
  })

  test('ends when the kernel reports that no cell is running without having replied', async () => {
    const { error, record, events } = await observeCell(
      async (cell, { kernel }) => {
        cell.start()
        const question = await until('the question', () => kernel.received[2])
        cell.status('busy', question.header)
        cell.say('inspect_reply', shownNumber(0), question.header)
        cell.say('stream', { name: 'stderr', text: 'not sent' }, question.header)
      },
      { times: { checkReplyAfterMs: 100 } },
    )
    expect(error).toMatchObject({
      code: 'CELL_FAILED',
      message: expect.stringContaining('it is not running any more'),
    })
    expect(record.content()).toMatchObject({ cells: [{ outputs: [{ text: 'not sent' }] }] })
    expect(events.at(-1)).toMatchObject({ type: 'warning', outputLost: true })
  })

  test('asks again as long as the answer is unclear', async () => {
    const { end, error } = await observeCell(
      async (cell, { kernel }) => {
        cell.start()
        for (const place of [0, 1, 2]) {
          const question = await until(
            'the question',
            () => kernel.received.filter(isQuestion)[place],
          )
          const content = place === 1 ? { status: 'ok', found: false, data: {} } : shownNumber(2)
          cell.say('inspect_reply', content, question.header)
        }
        cell.ok('15')
      },
      { times: { checkReplyAfterMs: 50 } },
    )
    expect(error).toBeNull()
    expect(end).toMatchObject({ failure: null })
  })

  test('asks again after a lost connection', async () => {
    const { end, error } = await observeCell(
      async (cell, { kernel }) => {
        cell.start()
        await until('the question', () => kernel.received[2])
        cell.kernel.lose('RST')
        await until('the next question', () => kernel.received.filter(isQuestion)[1])
        cell.ok('15')
      },
      { times: { checkReplyAfterMs: 100 } },
    )
    expect(error).toBeNull()
    expect(end).toMatchObject({ failure: null })
  })

  test('asks nothing of a kernel that is not IPython', async () => {
    const { jupyter, end } = await observeCell(
      async (cell) => {
        await pause(300)
        cell.ok('15')
      },
      { times: { checkReplyAfterMs: 100 }, implementation: 'deno' },
    )
    expect(jupyter.kernel.received.filter(isQuestion)).toHaveLength(0)
    expect(end).toMatchObject({ failure: null })
  })
})

function isQuestion({ type }: KernelRequest): boolean {
  return type === 'inspect_request'
}
