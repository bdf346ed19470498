import { describe, expect, test } from '@jest/globals'
import { outputOf } from '../../src/execution/output.ts'
import { resultOf } from '../../src/execution/result_of.ts'
import type { ExecuteReply, KernelMessage } from '../../src/jupyter/messages.ts'
import type { Fields } from '../support/fake_frame.ts'
import { display, messageOf, print, raised, result, textData } from '../support/messages.ts'

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
  ])('resultOf() gives %s', (_, messages, reply, text, execution_count) => {
    const expected = text === null ? null : { data: textData(text), metadata: {}, execution_count }
    expect(resultOf(outputsOf(messages), replyOf(reply))).toEqual(expected)
  })

  test('resultOf() needs no reply', () => {
    expect(resultOf(outputsOf([print('a')]), null)).toMatchObject({ execution_count: null })
    expect(resultOf([], null)).toBeNull()
  })
})
