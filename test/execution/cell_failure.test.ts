import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import {
  failureOf,
  isCleanExit,
  withLastOutput,
  lateError,
  plainError,
} from '../../src/execution/cell_failure.ts'
import { type ExecuteReply, readMessage } from '../../src/jupyter/messages.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { type Fields, textFrame } from '../support/fake_frame.ts'

const cell = { index: 4, id: 'c', source: '1' }

function replyOf(content: Fields): ExecuteReply {
  const frame = textFrame({ type: 'execute_reply', content, parent: {}, session: 's' })
  const reply = readMessage(Buffer.from(frame), false)
  if (reply.type !== 'execute_reply') throw new Error('Cannot read the reply')
  return reply
}

const exit = (evalue: string) => ({ status: 'error', ename: 'SystemExit', evalue })
const askExit = (keepkernel?: unknown) => {
  return { status: 'ok', payload: [{ source: 'ask_exit', keepkernel }] }
}
const shown = (ename: string, evalue: string) => {
  return { output_type: 'error', ename, evalue, traceback: ['\u001b[31mred\u001b[0m'] } as const
}
const printed = { output_type: 'stream', name: 'stdout', text: 'Traceback' } as const

describe('isCleanExit()', () => {
  test.each([
    [{ status: 'ok' }, false],
    [askExit(), true],
    [askExit(false), true],
    [askExit(true), true],
    [askExit(0), true],
    [askExit(null), true],
    [askExit(''), true],
    [askExit(1), false],
    [askExit(-1), false],
    [askExit(0.5), false],
    [askExit('text'), false],
    [askExit('0'), false],
    [askExit([]), false],
    [askExit({}), false],
    [{ ...askExit(), status: 'error', ename: 'E' }, false],
    [exit(''), true],
    [exit('0'), true],
    [exit('None'), true],
    [exit('1'), false],
    [exit('no data today'), false],
    [{ status: 'error', ename: 'ValueError', evalue: '' }, false],
    [{ status: 'aborted' }, false],
  ])('isCleanExit() of %j is %j', (reply, expected) => {
    expect(isCleanExit(replyOf(reply))).toBe(expected)
  })
})

describe('failureOf()', () => {
  test('failureOf() returns null when the reply is ok', () => {
    expect(failureOf(cell, replyOf({ status: 'ok' }), [])).toBeNull()
  })

  test.each([
    [{ status: 'ok' }, [printed]],
    [{ status: 'ok' }, [shown('SystemExit', '0')]],
    [exit('0'), [shown('SystemExit', '0')]],
    [askExit(0), [printed]],
  ])('failureOf() returns null for a reply of %j and outputs of %j', (reply, outputs) => {
    expect(failureOf(cell, replyOf(reply), outputs)).toBeNull()
  })

  test('failureOf() returns the first error in the outputs when the reply is ok', () => {
    const outputs = [printed, shown('SystemExit', ''), shown('E', 'v'), shown('F', 'w')]
    expect(failureOf(cell, replyOf({ status: 'ok' }), outputs)).toMatchObject({
      code: 'CELL_FAILED',
      message:
        'Cell 4 raised E: v, although the kernel answered "ok"; ' +
        'if the cell may fail, tag it "raises-exception"',
      ename: 'E',
      evalue: 'v',
      traceback: ['red'],
    })
  })

  test.each([exit('0'), askExit(), askExit(2)])(
    'failureOf() prefers an error in the outputs to a reply of %j',
    (reply) => {
      const failure = failureOf(cell, replyOf(reply), [shown('E', 'v')])
      expect(failure).toMatchObject({ code: 'CELL_FAILED', ename: 'E' })
    },
  )

  test('failureOf() prefers the error of the reply to one in the outputs', () => {
    const reply = replyOf({ status: 'error', ename: 'E', evalue: 'v' })
    expect(failureOf(cell, reply, [shown('F', 'w')])).toMatchObject({ ename: 'E' })
  })

  test.each([
    [2, 'Cell 4 called exit(2), which says that it failed', '2'],
    ['no data', 'Cell 4 called exit("no data"), which says that it failed', 'no data'],
    [
      '\u001b[31mred',
      String.raw`Cell 4 called exit("\u001b[31mred"), which says that it failed`,
      'red',
    ],
    [[], 'Cell 4 called exit([]), which says that it failed', '[]'],
  ])('failureOf() returns a failure for exit(%j)', (argument, message, evalue) => {
    const failure = failureOf(cell, replyOf(askExit(argument)), [])
    expect(failure).toMatchObject({ code: 'CELL_FAILED', message, ename: 'SystemExit', evalue })
  })

  test.each([
    [{ status: 'error', ename: 'E', evalue: 'v' }, 'Cell 4 raised E: v'],
    [{ status: 'aborted' }, 'Cell 4 failed: the kernel did not run it (aborted)'],
    [{ status: 'error' }, 'Cell 4 failed: "error"'],
    [{}, 'Cell 4 failed: ""'],
    [
      { status: 'error', ename: 'StdinNotImplementedError', evalue: 'no' },
      'Cell 4 raised StdinNotImplementedError: no; a notebook that runs unattended has nobody to ask for input',
    ],
  ])('failureOf() explains %j', (reply, message) => {
    expect(failureOf(cell, replyOf(reply), [])).toMatchObject({ code: 'CELL_FAILED', message })
  })

  test('failureOf() returns the traceback without colours', () => {
    const traceback = ['\u001b[31mred\u001b[0m', 'plain']
    const failure = failureOf(
      cell,
      replyOf({ status: 'error', ename: 'E', evalue: 'v', traceback }),
      [],
    )
    expect(failure).toMatchObject({ ename: 'E', evalue: 'v', traceback: ['red', 'plain'] })
  })
})

describe('lateError()', () => {
  test('lateError() is a warning that names the cell and the error', () => {
    const error = { ename: 'E', evalue: '\u001b[1mv\u001b[0m', traceback: [] }
    expect(lateError(4, error)).toEqual({
      type: 'warning',
      message: 'Cell 4 showed an error after its end, so the run went on: E: v',
    })
  })
})

describe('plainError()', () => {
  test('plainError() removes terminal sequences from an error', () => {
    const error = { ename: 'E\u0007', evalue: '\u001b[1mv\u001b[0m', traceback: ['a\r\nb'] }
    expect(plainError(error)).toEqual({ ename: 'E', evalue: 'v', traceback: ['a\nb'] })
  })
})

describe('withLastOutput()', () => {
  const died = new RunError('KERNEL_DIED', 'Cannot go on: it died')

  test('withLastOutput() names the cell and its last printed line', () => {
    const text = `${'x'.repeat(3000)}Killed\n`
    const all = [{ output_type: 'stream', name: 'stdout', text } as const]
    const error = withLastOutput(died, cell, { outputs: { all }, redactor: createRedactor([]) })
    expect(error).toMatchObject({ code: 'KERNEL_DIED', cause: died })
    expect(error.message).toMatch(
      /^Cannot go on: it died; cell 4 was running, which had printed last: "x+Killed"$/,
    )
    expect(error.message.length).toBeLessThan(620)
  })

  test('withLastOutput() masks before it cuts', () => {
    const token = '6f1d2a9c0b7e4f58a1c3d5e7f90b2d4c'
    const redactor = createRedactor([token])
    for (let after = 460; after <= 520; after += 4) {
      const text = `token ${token}${'.'.repeat(after)}`
      const all = [{ output_type: 'stream', name: 'stdout', text } as const]
      const { message } = withLastOutput(died, cell, { outputs: { all }, redactor })
      expect(message).not.toMatch(/[0-9a-f]{8}/)
    }
  })

  test('withLastOutput() names the cell when it printed nothing', () => {
    const { message } = withLastOutput(died, cell, {
      outputs: { all: [] },
      redactor: createRedactor([]),
    })
    expect(message).toBe('Cannot go on: it died; cell 4 was running')
  })
})
