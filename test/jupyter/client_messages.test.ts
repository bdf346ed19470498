import { describe, expect, test } from '@jest/globals'
import { executeRequest, kernelInfoRequest } from '../../src/jupyter/client_messages.ts'

describe('executeRequest()', () => {
  test('executeRequest() contains every field that a kernel needs', () => {
    const { id, text } = executeRequest('1', { stopOnError: true }, 's-1')
    expect(JSON.parse(text)).toEqual({
      channel: 'shell',
      header: {
        msg_id: id,
        msg_type: 'execute_request',
        session: 's-1',
        username: 'nbtrigger',
        date: expect.stringMatching(/^\d{4}-.*Z$/),
        version: expect.stringMatching(/^5\.\d$/),
      },
      parent_header: {},
      metadata: {},
      content: {
        code: '1',
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: true,
      },
      buffers: [],
    })
  })

  test('executeRequest() keeps a silent request out of the history', () => {
    const options = { stopOnError: false, silent: true, userExpressions: { a: 'b' } }
    const { content } = JSON.parse(executeRequest('', options, 's').text)
    expect(content).toMatchObject({
      silent: true,
      store_history: false,
      stop_on_error: false,
      user_expressions: { a: 'b' },
    })
  })

  test('kernelInfoRequest() has a new id each time', () => {
    const [one, two] = [kernelInfoRequest('s'), kernelInfoRequest('s')]
    expect(JSON.parse(one.text)).toMatchObject({
      header: { msg_type: 'kernel_info_request', msg_id: one.id },
      content: {},
    })
    expect(one.id).not.toBe(two.id)
  })
})
