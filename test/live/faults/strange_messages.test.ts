import { describe, expect, test } from '@jest/globals'
import { runCommand } from '../../support/command_run.ts'
import type { FakeAnswer } from '../../support/fake_answer.ts'
import { FakeJupyter } from '../../support/fake_jupyter.ts'
import { token } from '../../support/fake_request.ts'

/** What no kernel of good manners says, each between the start and the end of a cell. */
const strange: readonly (readonly [string, (cell: FakeAnswer) => void])[] = [
  ['text that is no JSON', ({ kernel }) => kernel.send('{"header": ')],
  ['JSON that is no message', ({ kernel }) => kernel.send('[1, null, {"header": 3}]')],
  ['an empty frame', ({ kernel }) => kernel.send('')],
  ['a binary frame of noise', ({ kernel }) => kernel.send(Buffer.from('ffffffff00ff', 'hex'))],
  ['an empty binary frame', ({ kernel }) => kernel.send(Buffer.alloc(0))],
  ['a type that nobody knows', (cell) => cell.say('tea_is_ready', { milk: true })],
  ['a type that every object has', (cell) => cell.say('constructor', {})],
  ['a display without data', (cell) => cell.say('display_data', {})],
  ['a stream without text', (cell) => cell.say('stream', { name: 4 })],
  ['an idle kernel, for somebody else', (cell) => cell.status('idle', { msg_id: 'other' })],
  ['a failure, for somebody else', (cell) => cell.say('execute_reply', failure, { msg_id: 'x' })],
  ['output of nobody', (cell) => cell.say('stream', { name: 'stdout', text: 'lost' }, {})],
]
const failure = { status: 'error', ename: 'Error', evalue: '', traceback: [] }

describe('a kernel that sends unexpected messages', () => {
  test.each(strange)('the command is not shaken by %s', async (_, say) => {
    await using jupyter = await FakeJupyter.start(['first', 'last'])
    jupyter.cells.set('first', (cell) => {
      cell.start()
      say(cell)
      cell.reply()
      cell.status('idle')
      say(cell)
    })
    jupyter.cells.set('last', (cell) => cell.ok('15'))
    const { report, status } = await runCommand([jupyter.url.host, '/x.ipynb'], { token })
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true })
    expect(report.result?.data).toEqual({ 'text/plain': '15' })
    expect(status).toBe(0)
    expect(jupyter.kernels.size).toBe(0)
  })
})
