import { describe, expect, test } from '@jest/globals'
import { runCode } from '../../src/doctor/run_code.ts'
import { RunError } from '../../src/errors.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { connectKernel } from '../support/open_channel.ts'

describe('runCode()', () => {
  test('throws when its signal aborts, even while it waits for late messages', async () => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await connectKernel(jupyter)
    const stop = new AbortController()
    const stopped = new RunError('CANCELLED', 'stopped')
    const isComplete = () => {
      stop.abort(stopped) // when the reply has come, and nothing is printed
      return false
    }
    await expect(runCode(kernel, { code: '', isComplete }, stop.signal)).rejects.toBe(stopped)
  })
})
