import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readMessage } from '../../src/jupyter/messages.ts'
import { binaryFrame, type Fields, textFrame } from '../support/fake_frame.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const parent = { msg_id: 'p-1', session: 'p-s' }
const data = { 'text/plain': '15' }
const source = {
  parentId: 'p-1',
  parentSession: 'p-s',
  session: 's',
  date: expect.stringMatching(/^\d{4}-.*Z$/),
}
const noSource = { parentId: null, parentSession: null, session: null, date: null }
const noComm = { commId: 'w', target: '', state: null, buffers: [] }
const noData = { data: {}, metadata: {} }
const noError = { ename: '', evalue: '', traceback: [] }

function read(type: string, content: Fields | null) {
  const frame = textFrame({
    type,
    content: content ?? {},
    parent,
    session: 's',
  })
  return readMessage(Buffer.from(frame), false)
}

describe('readMessage()', () => {
  test.each([
    ['status', { execution_state: 'idle' }, { state: 'idle' }],
    ['stream', { name: 'stderr', text: 'oh' }, { name: 'stderr', text: 'oh' }],
    ['stream', { name: 'other', text: 7 }, { name: 'stdout', text: '7' }],
    ['stream', { name: 'stdout', text: ['a\n', 'b'] }, { name: 'stdout', text: 'a\nb' }],
    ['stream', { text: null }, { name: 'stdout', text: '' }],
    [
      'execute_result',
      { data, metadata: { a: 1 }, execution_count: 3 },
      { data, metadata: { a: 1 }, executionCount: 3, displayId: null },
    ],
    ['execute_result', {}, { data: {}, metadata: {}, executionCount: null, displayId: null }],
    [
      'display_data',
      { data, metadata: {}, transient: { display_id: 'd' } },
      { data, metadata: {}, displayId: 'd' },
    ],
    ['display_data', { data, transient: null }, { data, metadata: {}, displayId: null }],
    [
      'update_display_data',
      { data, transient: { display_id: 7 } },
      { data, metadata: {}, displayId: 7 },
    ],
    ['display_data', { transient: { display_id: '' } }, { ...noData, displayId: null }],
    ['display_data', { transient: [] }, { ...noData, displayId: null }],
    ['display_data', { data: null, metadata: 'x' }, { ...noData, displayId: null }],
    [
      'error',
      { ename: 'E', evalue: 'v', traceback: ['a', 1, 'b'] },
      { ename: 'E', evalue: 'v', traceback: ['a', '1', 'b'] },
    ],
    ['error', { traceback: 'a' }, { ...noError, traceback: ['a'] }],
    ['error', { ename: 7, evalue: { a: 1 } }, { ...noError, ename: '7', evalue: '{"a":1}' }],
    ['error', { ename: null, evalue: null, traceback: null }, noError],
    ['clear_output', { wait: true }, { wait: true }],
    ['clear_output', { wait: 1 }, { wait: true }],
    ['clear_output', { wait: 0 }, { wait: false }],
    ['clear_output', { wait: null }, { wait: false }],
    ['clear_output', null, { wait: false }],
    ['execute_input', { code: 'x', execution_count: 3 }, { executionCount: 3 }],
    ['execute_input', { execution_count: -1.5 }, { executionCount: null }],
    [
      'kernel_info_reply',
      { implementation: 'ipython', language_info: { name: 'python' } },
      { implementation: 'ipython', languageInfo: { name: 'python' } },
    ],
    ['kernel_info_reply', { status: 'error' }, { implementation: '', languageInfo: {} }],
    [
      'comm_open',
      { comm_id: 'w', target_name: 'jupyter.widget', data: { state: { a: 1 } } },
      { commId: 'w', target: 'jupyter.widget', state: { a: 1 }, buffers: [] },
    ],
    ['comm_msg', { data: { method: 'custom' } }, { ...noComm, commId: '' }],
    ['comm_msg', { comm_id: 'w', data: [] }, noComm],
    ['comm_msg', { comm_id: 7, data: null }, { ...noComm, commId: '7' }],
    ['inspect_reply', { status: 'ok', data, found: true }, { text: '15' }],
    ['inspect_reply', { status: 'ok', found: false }, { text: '' }],
    ['input_request', { prompt: '?' }, {}],
    ['shutdown_reply', { restart: false }, {}],
  ])('readMessage() reads %s with content %j', (type, content, expected) => {
    expect(read(type, content)).toEqual({ type, ...source, ...expected })
  })

  test('readMessage() reads every field of a reply', () => {
    const page = { source: 'page', data: { 'text/plain': 'help' } }
    const reply = read('execute_reply', {
      status: 'ok',
      execution_count: 4,
      payload: [null, page, { source: 'ask_exit' }],
      user_expressions: {
        value: { status: 'ok', data, metadata: {} },
        wrong: { status: 'error', ename: 'E' },
        odd: 7,
      },
    })
    expect(reply).toEqual({
      type: 'execute_reply',
      ...source,
      status: 'ok',
      executionCount: 4,
      error: noError,
      exit: { argument: null },
      page: { 'text/plain': 'help' },
      expressions: new Map([['value', { data, metadata: {} }]]),
    })
  })

  test.each([false, true, 0, 1, null, '', 'text', [], {}])(
    'readMessage() reads the argument of exit(): %j',
    (keepkernel) => {
      const payload = [{ source: 'page' }, { source: 'ask_exit', keepkernel }]
      expect(read('execute_reply', { payload })).toMatchObject({ exit: { argument: keepkernel } })
    },
  )

  test.each([
    [{ status: 'aborted' }, 'aborted'],
    [{}, ''],
    [null, ''],
    [{ status: 1, payload: 'x', user_expressions: [] }, ''],
  ])('readMessage() reads a reply of %j as status "%s"', (content, status) => {
    expect(read('execute_reply', content)).toMatchObject({
      status,
      executionCount: null,
      error: noError,
      exit: null,
      page: null,
    })
  })

  test.each([
    'iopub_welcome',
    'comm_close',
    'debug_event',
    '',
    'toString',
    '__proto__',
    'constructor',
  ])('readMessage() returns a message of another type as "other": "%s"', (name) => {
    expect(read(name, {})).toEqual({ type: 'other', name, ...source })
  })

  test('readMessage() reads a binary frame with buffers', () => {
    const state = { state: {}, buffer_paths: [['a', 0], 'no path', ['b'], ['none left']] }
    const content = { comm_id: 'w', data: state }
    const message = { type: 'comm_msg', content, parent, session: 's' }
    const frame = binaryFrame(message, [Buffer.from([1, 2]), Buffer.from('x'), Buffer.from([3])])
    expect(readMessage(frame, true)).toMatchObject({
      type: 'comm_msg',
      buffers: [
        { path: ['a', 0], base64: 'AQI=' },
        { path: ['b'], base64: 'Aw==' },
      ],
    })
  })

  test.each([null, [], 'p', { msg_id: 7 }])(
    'readMessage() returns no parent when parent_header is %j',
    (parent_header) => {
      const text = JSON.stringify({ header: { msg_type: 'status' }, parent_header })
      const message = { type: 'status', state: '', ...noSource }
      expect(readMessage(Buffer.from(text), false)).toEqual(message)
    },
  )

  test.each(['', 'hello', '[]', 'null', '7', '{}', '{"header": null}', '{"header": []}'])(
    'readMessage() returns the length of a frame that it cannot read: %j',
    (text) => {
      const message = { type: 'unreadable', bytes: text.length, ...noSource }
      expect(readMessage(Buffer.from(text), false)).toEqual(message)
    },
  )

  test('readMessage() leaves out values that are nested too deeply to be saved', () => {
    const deep: unknown = JSON.parse('['.repeat(300) + ']'.repeat(300))
    expect(read('display_data', { data: { 'application/json': deep } })).toEqual({
      type: 'oversized',
      name: 'display_data',
      reason: 'depth',
      bytes: expect.any(Number),
      ...source,
    })
  })

  test('readMessage() keeps every digit of an integer', () => {
    const content = { data: { a: 12345678901234567890n } }
    expect(read('display_data', content)).toMatchObject({ type: 'display_data', ...content })
  })

  test('readMessage() never throws, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(bytes, fc.boolean(), (some, isBinary) => {
        expect(readMessage(Buffer.from(some), isBinary)).toHaveProperty('parentId')
      }),
      fuzzOptions(100),
    )
  })

  test('readMessage() never throws, whatever the JSON', () => {
    const types = fc.constantFrom('status', 'stream', 'execute_reply', 'execute_result', 'error')
    const header = fc.record({ msg_type: types })
    const content = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          payload: fc.jsonValue(),
          user_expressions: fc.dictionary(fc.string(), fc.jsonValue()),
          transient: fc.jsonValue(),
          traceback: fc.jsonValue(),
          data: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    )
    const messages = fc.record({ header, content, parent_header: fc.jsonValue() })
    fc.assert(
      fc.property(messages, (message) => {
        const { type } = readMessage(Buffer.from(JSON.stringify(message)), false)
        expect(type).toBe(message.header.msg_type)
      }),
      fuzzOptions(100),
    )
  })
})
