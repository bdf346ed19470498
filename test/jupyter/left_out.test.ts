import { describe, expect, test } from '@jest/globals'
import { readLeftOut } from '../../src/jupyter/left_out.ts'
import { textFrame } from '../support/fake_frame.ts'

const frame = textFrame({
  type: 'stream',
  content: { name: 'stdout', text: '"parent_header": {"msg_id": "forged"}' },
  parent: { msg_id: 'request-1', session: 'ours' },
  session: 'of-the-kernel',
})

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

  test.each(['', 'noise', '{"parent_header": {}}'])('readLeftOut() reads nothing in %j', (text) => {
    const nothing = { type: 'left_out', name: '', parentId: null, session: null }
    expect(readLeftOut(Buffer.from(text), 60_000_000)).toMatchObject(nothing)
  })
})
