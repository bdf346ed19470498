import { describe, expect, test } from '@jest/globals'
import { CellOutputs, outputOf, resultOf } from '../../src/execution/cell_outputs.ts'
import { readMessage, type ExecuteReply, type KernelMessage } from '../../src/jupyter/messages.ts'
import { textFrame, type Fields } from '../support/fake_frame.ts'

function message(type: string, content: Fields): KernelMessage {
  return readMessage(Buffer.from(textFrame({ type, content, parent: {}, session: 's' })), false)
}

const print = (text: string, name = 'stdout') => message('stream', { name, text })
const data = (text: string) => ({ 'text/plain': text })
const display = (text: string, id?: string) =>
  message('display_data', { data: data(text), transient: { display_id: id } })
const update = (text: string, id: string) =>
  message('update_display_data', { data: data(text), transient: { display_id: id } })
const result = (text: string, execution_count = 1) =>
  message('execute_result', { data: data(text), metadata: {}, execution_count })
const clear = (wait: boolean) => message('clear_output', { wait })
const raised = message('error', { ename: 'E', evalue: 'v', traceback: ['t'] })

function outputsOf(...messages: readonly KernelMessage[]): CellOutputs {
  const outputs = new CellOutputs()
  for (const one of messages) outputs.add(one)
  return outputs
}

function brief(outputs: CellOutputs): string[] {
  return outputs.all.map((output) => {
    if (output.output_type === 'stream') return `${output.name}: ${output.text}`
    if (output.output_type === 'error') return output.ename
    return `${output.output_type}: ${String(output.data['text/plain'])}`
  })
}

function replyOf(content: Fields): ExecuteReply | null {
  const reply = message('execute_reply', content)
  return reply.type === 'execute_reply' ? reply : null
}

describe('outputOf()', () => {
  test.each([
    [print('a', 'stderr'), { output_type: 'stream', name: 'stderr', text: 'a' }],
    [display('a', 'd'), { output_type: 'display_data', data: data('a'), metadata: {} }],
    [
      result('a', 3),
      { output_type: 'execute_result', data: data('a'), metadata: {}, execution_count: 3 },
    ],
    [raised, { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['t'] }],
    [update('a', 'd'), null],
    [clear(false), null],
    [message('status', { execution_state: 'idle' }), null],
    [message('comm_open', {}), null],
  ])('outputOf() writes it as nbformat does (%#)', (one, expected) => {
    expect(outputOf(one)).toEqual(expected)
  })
})

describe('CellOutputs', () => {
  test.each<[string, readonly KernelMessage[], readonly string[]]>([
    ['joins one stream', [print('a'), print('b\n')], ['stdout: ab\n']],
    [
      'keeps the order of two streams',
      [print('a'), print('b', 'stderr'), print('c', 'stderr'), print('d')],
      ['stdout: a', 'stderr: bc', 'stdout: d'],
    ],
    [
      'joins no streams across a display',
      [print('a'), display('b'), print('c')],
      ['stdout: a', 'display_data: b', 'stdout: c'],
    ],
    ['clears now', [print('a'), clear(false), print('b')], ['stdout: b']],
    ['clears now without a next output', [print('a'), clear(false)], []],
    ['clears before the next output', [print('a'), clear(true), print('b')], ['stdout: b']],
    ['waits for the next output to clear', [print('a'), clear(true)], ['stdout: a']],
    ['clears once', [clear(true), print('a'), print('b')], ['stdout: ab']],
    ['clears before a display', [print('a'), clear(true), display('b')], ['display_data: b']],
    ['clears before an error', [print('a'), clear(true), raised], ['E']],
    [
      'does not wait after clearing',
      [clear(true), clear(false), print('a'), print('b')],
      ['stdout: ab'],
    ],
    [
      'does not clear for an update',
      [display('a', 'd'), clear(true), update('b', 'd')],
      ['display_data: b'],
    ],
    [
      'updates every display of an id',
      [display('a', 'd'), display('x', 'e'), display('b', 'd'), update('c', 'd')],
      ['display_data: c', 'display_data: x', 'display_data: c'],
    ],
    [
      'updates earlier displays of an id when it is displayed again',
      [display('a', 'd'), display('b', 'd')],
      ['display_data: b', 'display_data: b'],
    ],
    ['adds nothing by an update', [update('a', 'd')], []],
    [
      'forgets the ids when it clears',
      [display('a', 'd'), clear(false), print('x'), update('b', 'd')],
      ['stdout: x'],
    ],
    ['ignores what is no output', [message('comm_msg', {}), message('status', {})], []],
  ])('add() %s', (_, messages, expected) => {
    expect(brief(outputsOf(...messages))).toEqual(expected)
  })

  test('add() stops keeping text before it fills the memory', () => {
    const outputs = outputsOf()
    for (let count = 0; count < 40; count += 1) outputs.add(print('x'.repeat(1024 * 1024)))
    outputs.add(result('15'))
    expect(brief(outputs).join('').length).toBeLessThan(17 * 1024 * 1024)
    expect(resultOf(outputs.all, null)?.data).toEqual(data('15'))
  })
})

describe('resultOf()', () => {
  const ok = { status: 'ok', execution_count: 7 }
  const page = { ...ok, payload: [{ source: 'page', data: data('help') }] }

  test.each<[string, readonly KernelMessage[], Fields, string | null, number | null]>([
    ['the last value', [result('1', 3), result('2', 4), display('d'), print('p')], page, '2', 4],
    ['the last display', [display('1'), display('2'), print('p')], page, '2', 7],
    ['all that was printed', [print('a'), print('no', 'stderr'), print('b')], page, 'ab', 7],
    ['the page', [print('no', 'stderr')], page, 'help', 7],
    ['nothing', [print('no', 'stderr'), raised], ok, null, null],
    ['nothing of an empty print', [print('')], ok, null, null],
  ])('resultOf() gives %s', (_, messages, reply, text, execution_count) => {
    const expected = text === null ? null : { data: data(text), metadata: {}, execution_count }
    expect(resultOf(outputsOf(...messages).all, replyOf(reply))).toEqual(expected)
  })

  test('resultOf() needs no reply', () => {
    expect(resultOf(outputsOf(print('a')).all, null)).toMatchObject({ execution_count: null })
    expect(resultOf([], null)).toBeNull()
  })
})
