import { describe, expect, test } from '@jest/globals'
import { OtherClients } from '../../src/jupyter/kernels.ts'
import { readMessage } from '../../src/jupyter/messages.ts'
import { RunIds } from '../../src/jupyter/run_ids.ts'
import { textFrame } from '../support/fake_frame.ts'

const own = new RunIds().session
const otherRun = new RunIds().session

function warningAfter(...messages: readonly (readonly [type: string, session: string])[]) {
  const others = new OtherClients(own)
  for (const [type, session] of messages) {
    const frame = textFrame({ type, content: {}, parent: { session }, session: 'kernel' })
    others.observe(readMessage(Buffer.from(frame), false))
  }
  return others.warning('kernel-1')
}

describe('OtherClients', () => {
  test.each([
    { name: 'the run itself', type: 'execute_input', session: own },
    { name: 'a front end that looks on', type: 'status', session: 'a-front-end' },
    { name: "a front end's output from before", type: 'stream', session: 'a-front-end' },
    { name: 'output of a run from before', type: 'stream', session: otherRun },
    { name: 'a message without a parent', type: 'status', session: '' },
  ])('does not warn of $name', ({ type, session }) => {
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
