import { describe, expect, test } from '@jest/globals'
import { newSessionId, OtherClients } from '../../src/jupyter/hosted_kernel.ts'
import { readMessage } from '../../src/jupyter/messages.ts'
import { textFrame } from '../support/fake_frame.ts'

const own = newSessionId()
const otherRun = newSessionId()

function warningAfter(...messages: readonly (readonly [type: string, session: string])[]) {
  const others = new OtherClients(own)
  for (const [type, session] of messages) {
    const frame = textFrame({ type, content: {}, parent: { session }, session: 'kernel' })
    others.hear(readMessage(Buffer.from(frame), false))
  }
  return others.warning('kernel-1')
}

describe('OtherClients', () => {
  test.each([
    ['the run itself', 'execute_input', own],
    ['a front end that looks on', 'status', 'a-front-end'],
    ["a front end's output from before", 'stream', 'a-front-end'],
    ['output of a run from before', 'stream', otherRun],
    ['a message without a parent', 'status', ''],
  ])('does not warn of %s', (_, type, session) => {
    expect(warningAfter([type, session])).toBeNull()
  })

  test('warns that a front end runs code', () => {
    expect(warningAfter(['execute_input', 'a-front-end'], ['status', 'a-front-end'])).toMatch(
      /^Somebody else ran code in the kernel kernel-1 during this run/,
    )
  })

  test.each(['status', 'execute_input'])('warns of another run after its %s', (type) => {
    expect(warningAfter(['execute_input', 'a-front-end'], [type, otherRun])).toMatch(
      /^Another run used the kernel kernel-1 during this run/,
    )
  })
})
