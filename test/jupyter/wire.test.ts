import { describe, expect, test } from '@jest/globals'
import { executeRequest, kernelInfoRequest } from '../../src/jupyter/client_messages.ts'
import { partsOf, readFrame, readV1, writeV1 } from '../../src/jupyter/wire.ts'
import { binaryFrame, textFrame } from '../support/fake_frame.ts'
import { v1Frame } from '../support/fake_v1_frame.ts'

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
    { name: 'nothing', data: Buffer.alloc(0) },
    { name: 'no parts', data: Buffer.from([0, 0, 0, 0]) },
    { name: 'more parts than bytes', data: Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 8]) },
    { name: 'a part that is no JSON', data: Buffer.from([0, 0, 0, 1, 0, 0, 0, 8, 0x7b]) },
    { name: 'an offset behind the end', data: Buffer.from([0, 0, 0, 1, 0, 0, 9, 9, 0x31]) },
  ])('readFrame() throws when a binary frame has $name', ({ data }) => {
    expect(() => readFrame(data, true)).toThrow()
  })

  test.each(['', '{', 'NaNaNa', '"a', '{"a": nan}'])(
    'readFrame() throws when the text is %j',
    (text) => {
      expect(() => textOf(text)).toThrow()
    },
  )
})

const v1Message = {
  type: 'stream',
  content: { name: 'stdout', text: 'é\n' },
  parent: { msg_id: 'request-1' },
  session: 'of-the-kernel',
}

describe('readV1()', () => {
  test('readV1() reads the headers, the content and the buffers', () => {
    const buffers = [Buffer.from('one'), Buffer.alloc(0), Buffer.from([0, 255])]
    const { json, buffers: read } = readV1(v1Frame(v1Message, buffers))
    const { header, parent_header, content } = JSON.parse(textFrame(v1Message))
    const { msg_id: _, date: __, ...known } = header
    expect(json).toMatchObject({ header: known, parent_header, content })
    expect(read).toEqual(buffers)
  })

  test.each([
    { name: 'nothing', data: Buffer.alloc(0) },
    { name: 'text', data: Buffer.from(textFrame(v1Message)) },
    {
      name: 'fewer parts than there must be',
      data: Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, ...Array(64).fill(0)]),
    },
    { name: 'offsets that are cut off', data: v1Frame(v1Message).subarray(0, 40) },
    { name: 'content that is cut off', data: v1Frame(v1Message).subarray(0, -3) },
  ])('readV1() throws when it is given $name', ({ data }) => {
    expect(() => readV1(data)).toThrow()
  })
})

describe('writeV1()', () => {
  test.each(['shell', 'control'] as const)('writeV1() names the channel "%s"', (channel) => {
    const [first] = partsOf(writeV1(kernelInfoRequest('s-1', channel).text)) ?? []
    expect(String(first)).toBe(channel)
  })

  test.each(['x = 1', 'print("é", ",\\"content\\":")', ',"buffers":[]}', ''])(
    'writeV1() cuts a v1Message as it was written, with the code %j',
    (code) => {
      const { text } = executeRequest(code, { stopOnError: true }, 's-1')
      const { channel, header, parent_header, metadata, content } = JSON.parse(text)
      const [first, ...json] = (partsOf(writeV1(text)) ?? []).map(String)
      expect(first).toBe(channel)
      expect(json.map((part) => JSON.parse(part))).toEqual([
        header,
        parent_header,
        metadata,
        content,
      ])
    },
  )
})
