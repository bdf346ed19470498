import { describe, expect, test } from '@jest/globals'
import { readLeftOut } from '../../src/jupyter/left_out.ts'
import { textFrame } from '../support/fake_frame.ts'
import { v1Frame } from '../support/fake_v1_frame.ts'

const message = {
  type: 'stream',
  content: { name: 'stdout', text: '"parent_header": {"msg_id": "forged"}' },
  parent: { msg_id: 'request-1', session: 'ours' },
  session: 'of-the-kernel',
}
const frame = textFrame(message)

describe('readLeftOut()', () => {
  test.each([
    ['as it is', frame],
    ['with blanks, as Python writes it', frame.replaceAll('":', '": ')],
    ['cut off', frame.slice(0, frame.indexOf('"content"') + 20)],
  ])('readLeftOut() tells whose answer a message was, %s', (_, text) => {
    expect(readLeftOut(Buffer.from(text), 60_000_000)).toMatchObject({
      type: 'left_out',
      name: 'stream',
      bytes: 60_000_000,
      parentId: 'request-1',
      session: 'of-the-kernel',
    })
  })

  test.each([
    ['whole', v1Frame(message)],
    ['cut off', v1Frame(message, [Buffer.alloc(5000)]).subarray(0, 4096)],
  ])('readLeftOut() tells it in the protocol v1 too, %s', (_, head) => {
    expect(readLeftOut(head, 60_000_000)).toMatchObject({
      name: 'stream',
      parentId: 'request-1',
      session: 'of-the-kernel',
    })
  })

  test.each(['', 'noise', '{"parent_header": {}}'])('readLeftOut() reads nothing in %j', (text) => {
    const nothing = { type: 'left_out', name: '', parentId: null, session: null }
    expect(readLeftOut(Buffer.from(text), 60_000_000)).toMatchObject(nothing)
  })
})
