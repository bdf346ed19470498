import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import type { RunEvent } from '../../src/events.ts'
import { unreachable } from '../../src/jupyter/response_error.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { awaitServer } from '../../src/run/await_server.ts'
import { deadline } from '../../src/util/abort.ts'

const startTimeoutMs = 75_000

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

interface Attempts {
  readonly url: string
  /** The system's code for the error of each attempt; the last one for all that follow. */
  readonly codes: readonly string[]
  readonly loopbackTimeoutMs?: number | null
}

interface End {
  readonly error: RunError
  readonly seconds: number
  readonly attempts: number
}

/** What comes of a server whose attempts fail so: no real resolver can be made to fail on demand. */
async function endOf({ url, codes, loopbackTimeoutMs = 5_000 }: Attempts): Promise<End> {
  const server = new JupyterServer(new URL(url), async () => ({}))
  let attempts = 0
  server.status.requireJupyter = async () => {
    const code = codes[Math.min(attempts++, codes.length - 1)]
    throw unreachable('call it', server.url, { code })
  }
  using limit = deadline(startTimeoutMs, () => new RunError('SERVER_UNREACHABLE', 'too late'))
  const limits = { startTimeoutMs, loopbackTimeoutMs }
  const startedTick = performance.now()
  let endTick = startedTick
  const events: RunEvent[] = []
  const emit = (event: RunEvent) => void events.push(event)
  const end = awaitServer({ limits, server, emit }, limit.signal).then(
    () => new RunError('INTERNAL', 'no error'),
    (error: unknown) => {
      endTick = performance.now()
      return error instanceof RunError ? error : new RunError('INTERNAL', String(error))
    },
  )
  await jest.advanceTimersByTimeAsync(2 * startTimeoutMs)
  return { error: await end, seconds: (endTick - startedTick) / 1000, attempts }
}

describe('awaitServer()', () => {
  test.each([
    { name: 'a name without a host', url: 'http://jupiter:1', codes: ['ENOTFOUND'], seconds: 10 },
    {
      name: 'a refusing port of this machine',
      url: 'http://localhost:1',
      codes: ['ECONNREFUSED'],
      seconds: 10,
    },
    { name: 'a refusing port of ::1', url: 'http://[::1]:1', codes: ['ECONNREFUSED'], seconds: 10 },
  ])('gives up $name within seconds, and says that it does not pass', async (row) => {
    const { error, seconds, attempts } = await endOf(row)
    expect(error.code).toBe('SERVER_NOT_FOUND')
    expect(error.advice).not.toBeNull()
    expect(error.message).toMatch(/tried for 5 s; /)
    expect(seconds).toBeLessThan(row.seconds)
    expect(attempts).toBeGreaterThan(3)
  })

  test.each([
    { name: 'a resolver that does not answer', code: 'EAI_AGAIN' },
    { name: 'a machine without network', code: 'ENETUNREACH' },
  ])('gives up $name within seconds, and says that it may pass', async ({ code }) => {
    const { error, seconds } = await endOf({ url: 'http://jupiter:1', codes: [code] })
    expect([error.code, error.message]).toEqual([
      'SERVER_UNREACHABLE',
      expect.stringMatching(/tried for 10 s$/),
    ])
    expect(seconds).toBeLessThan(16)
  })

  test.each([
    { name: 'another machine that refuses', url: 'http://10.0.0.7:1', code: 'ECONNREFUSED' },
    { name: 'a closed connection', url: 'http://localhost:1', code: 'ECONNRESET' },
  ])('waits the whole time for $name', async ({ url, code }) => {
    const { error, seconds } = await endOf({ url, codes: [code] })
    expect([error.code, seconds]).toEqual(['SERVER_UNREACHABLE', startTimeoutMs / 1000])
    expect(error.message).toContain('tried for 75 s (--start-timeout)')
  })

  test('waits for a port of this machine as long as --start-timeout says', async () => {
    const url = 'http://127.0.0.1:1'
    const { error, seconds } = await endOf({
      url,
      codes: ['ECONNREFUSED'],
      loopbackTimeoutMs: null,
    })
    expect([error.code, seconds]).toEqual(['SERVER_UNREACHABLE', startTimeoutMs / 1000])
  })

  test('counts the time anew when the server showed itself in between', async () => {
    const sleepy = ['ENOTFOUND', 'ENOTFOUND', 'ECONNRESET', 'ENOTFOUND']
    const { error, seconds } = await endOf({ url: 'http://jupiter:1', codes: sleepy })
    expect(error.code).toBe('SERVER_NOT_FOUND')
    expect(seconds).toBeGreaterThan(5.5)
  })
})
