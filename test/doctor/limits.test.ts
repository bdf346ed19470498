import { describe, expect, test } from '@jest/globals'
import { listen } from '../../src/doctor/limits.ts'
import { RunError } from '../../src/errors.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { connectKernel } from '../support/open_channel.ts'

describe('listen()', () => {
  test('throws when its signal aborts, even while it waits for late messages', async () => {
    await using jupyter = await FakeJupyter.start()
    await using kernel = await connectKernel(jupyter)
    const stop = new AbortController()
    const stopped = new RunError('CANCELLED', 'stopped')
    const isAll = () => {
      stop.abort(stopped) // when the reply has come, and nothing is printed
      return false
    }
    await expect(listen(kernel, { code: '', isAll }, stop.signal)).rejects.toBe(stopped)
  })
})
