import { describe, expect, test } from '@jest/globals'
import { executeRequest, kernelInfoRequest } from '../../src/jupyter/client_messages.ts'
import { partsOf, readV1, writeV1 } from '../../src/jupyter/wire_v1.ts'
import { textFrame } from '../support/fake_frame.ts'
import { v1Frame } from '../support/fake_v1_frame.ts'

const message = {
  type: 'stream',
  content: { name: 'stdout', text: 'é\n' },
  parent: { msg_id: 'request-1' },
  session: 'of-the-kernel',
}

describe('readV1()', () => {
  test('readV1() reads the headers, the content and the buffers', () => {
    const buffers = [Buffer.from('one'), Buffer.alloc(0), Buffer.from([0, 255])]
    const { json, buffers: read } = readV1(v1Frame(message, buffers))
    const { header, parent_header, content } = JSON.parse(textFrame(message))
    const { msg_id: _, date: __, ...known } = header
    expect(json).toMatchObject({ header: known, parent_header, content })
    expect(read).toEqual(buffers)
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from(textFrame(message))],
    ['fewer parts than there must be', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, ...Array(64).fill(0)])],
    ['offsets that are cut off', v1Frame(message).subarray(0, 40)],
    ['content that is cut off', v1Frame(message).subarray(0, -3)],
  ])('readV1() throws when it is given %s', (_, data) => {
    expect(() => readV1(data)).toThrow()
  })
})

describe('writeV1()', () => {
  test.each(['shell', 'control'] as const)('writeV1() names the channel "%s"', (channel) => {
    const [first] = partsOf(writeV1(kernelInfoRequest('s-1', channel).text)) ?? []
    expect(String(first)).toBe(channel)
  })

  test.each(['x = 1', 'print("é", ",\\"content\\":")', ',"buffers":[]}', ''])(
    'writeV1() cuts a message as it was written, with the code %j',
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
