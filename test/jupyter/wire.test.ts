import { describe, expect, test } from '@jest/globals'
import { readFrame } from '../../src/jupyter/wire.ts'
import { binaryFrame } from '../support/fake_frame.ts'

const message = { type: 'comm_msg', content: { a: 1 }, parent: {}, session: 's' }

function textOf(json: string): unknown {
  return readFrame(Buffer.from(json), false).json
}

describe('readFrame()', () => {
  test('readFrame() reads JSON when the frame is text', () => {
    expect(textOf('{"a": ["é", 1.5, null]}')).toEqual({ a: ['é', 1.5, null] })
  })

  test.each([
    ['{"a": NaN}', { a: null }],
    ['{"a": [Infinity, -Infinity, -1]}', { a: [null, null, -1] }],
    ['{"NaN": "NaN and -Infinity", "b": NaN}', { NaN: 'NaN and -Infinity', b: null }],
    [String.raw`{"a": "quoted \" NaN \\", "b": NaN}`, { a: 'quoted " NaN \\', b: null }],
  ])('readFrame() reads %s with null for what JSON does not have', (json, expected) => {
    expect(textOf(json)).toEqual(expected)
  })

  test('readFrame() reads the message and its buffers when the frame is binary', () => {
    const buffers = [Buffer.from([1, 2, 3]), Buffer.alloc(0), Buffer.from([4])]
    const frame = readFrame(binaryFrame(message, buffers), true)
    expect(frame.json).toMatchObject({ msg_type: 'comm_msg', content: { a: 1 } })
    expect(frame.buffers.map((buffer) => [...buffer])).toEqual([[1, 2, 3], [], [4]])
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['no parts', Buffer.from([0, 0, 0, 0])],
    ['more parts than bytes', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 8])],
    ['a part that is no JSON', Buffer.from([0, 0, 0, 1, 0, 0, 0, 8, 0x7b])],
    ['an offset behind the end', Buffer.from([0, 0, 0, 1, 0, 0, 9, 9, 0x31])],
  ])('readFrame() throws when a binary frame has %s', (_, data) => {
    expect(() => readFrame(data, true)).toThrow()
  })

  test.each(['', '{', 'NaNaNa', '"a', '{"a": nan}'])(
    'readFrame() throws when the text is %j',
    (text) => {
      expect(() => textOf(text)).toThrow()
    },
  )
})
