import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { KernelChannel, MessageQueue } from '../../src/jupyter/channel.ts'
import { executeRequest } from '../../src/jupyter/client_messages.ts'
import type { KernelMessage } from '../../src/jupyter/messages.ts'
import { deadline } from '../../src/util/abort.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { token } from '../support/fake_request.ts'
import { tokenPage } from '../support/fake_rest.ts'
import { neverAborts } from '../support/observe.ts'
import { openChannel, serverOf } from '../support/open_channel.ts'
import { rejectionOf } from '../support/rejection.ts'
import { until } from '../support/until.ts'

function say(jupyter: FakeJupyter, ...texts: readonly string[]): void {
  for (const text of texts) {
    jupyter.kernel.say({ type: 'stream', content: { name: 'stdout', text }, parent: {} })
  }
}

/** The ids of the execute requests that have come, of which there is at least one. */
async function executed(jupyter: FakeJupyter): Promise<readonly unknown[]> {
  const ids = () =>
    jupyter.kernel.received
      .filter(({ type }) => type === 'execute_request')
      .map(({ header }) => header['msg_id'])
  await until('an execute request', () => ids()[0])
  return ids()
}

/** A stream's text, else the type. */
function brief(message: KernelMessage): string {
  return message.type === 'stream' ? message.text : message.type
}

async function take(channel: KernelChannel, count: number): Promise<string[]> {
  const messages: string[] = []
  while (messages.length < count) messages.push(brief(await channel.next(neverAborts)))
  return messages
}

const request = () => executeRequest('1', { stopOnError: true }, 'session-1')

describe('KernelChannel', () => {
  test('next() returns the messages in order', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    const waiting = take(channel, 3)
    say(jupyter, 'a', 'b', 'c')
    expect(await waiting).toEqual(['a', 'b', 'c'])
  })

  test('next() throws the reason of its signal without losing a message', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    for (const text of ['a', 'b', 'c']) {
      const stop = new AbortController()
      const reason = new RunError('CANCELLED', 'Cannot go on: stopped')
      const stopped = channel.next(stop.signal)
      stop.abort(reason)
      say(jupyter, text)
      await expect(stopped).rejects.toBe(reason)
    }
    expect(await take(channel, 3)).toEqual(['a', 'b', 'c'])
  })

  test('next() returns unreadable frames as such, and continues', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    for (const frame of ['no JSON', Buffer.from([0, 0]), '{"header": {"msg_type": "odd"}}']) {
      jupyter.kernel.send(frame)
    }
    say(jupyter, 'after')
    expect(await take(channel, 4)).toEqual(['unreadable', 'unreadable', 'other', 'after'])
  })

  test('next() returns every message when the kernel is faster than its reader', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    const megabyte = 'x'.repeat(1024 * 1024)
    for (let count = 0; count < 30; count += 1) say(jupyter, megabyte)
    say(jupyter, 'end')
    await new Promise((resolve) => setTimeout(resolve, 200))
    const texts = await take(channel, 31)
    expect(texts.at(-1)).toBe('end')
    expect(texts.slice(0, 30).every((text) => text === megabyte)).toBe(true)
  })

  test('next() throws at once when its signal aborts, even if messages are queued', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    for (let count = 0; count < 2_000; count += 1) say(jupyter, 'more')
    say(jupyter, 'end')
    await pause(300)
    const reason = new RunError('RUN_TIMED_OUT', 'too late')
    using limit = deadline(200, () => reason)
    const slowly = async () => {
      for (let text = ''; text !== 'end'; text = brief(await channel.next(limit.signal))) {
        const busyUntilTick = performance.now() + 5
        while (performance.now() < busyUntilTick);
      }
    }
    await expect(slowly()).rejects.toBe(reason)
    expect(await take(channel, 1)).toEqual(['more'])
    await expect(channel.next(AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('send() refuses a cell that the server would not accept', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    const text = 'é'.repeat(5.3 * 1024 * 1024)
    expect(() => channel.send({ id: '1', text })).toThrow(
      expect.objectContaining({ code: 'CELL_TOO_LARGE' }),
    )
    channel.send(request())
    await until('the request', () => jupyter.kernel.received[0])
  })

  test('next() throws CELL_TOO_LARGE when the server closes with 1009', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    jupyter.kernel.lose(1009)
    await expect(channel.next(neverAborts)).rejects.toMatchObject({ code: 'CELL_TOO_LARGE' })
    expect(jupyter.countOf('channels')).toBe(1)
  })

  test('end() lets next() return what has arrived before it throws', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    say(jupyter, 'a', 'b')
    expect(await take(channel, 1)).toEqual(['a'])
    const reason = new RunError('KERNEL_GONE', 'Cannot go on: gone')
    channel.end(reason)
    channel.end(new RunError('INTERNAL', 'the second reason does not count'))
    expect(await take(channel, 1)).toEqual(['b'])
    await expect(channel.next(neverAborts)).rejects.toBe(reason)
  })

  test('end() rejects a pending next()', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    const reason = new RunError('KERNEL_GONE', 'Cannot go on: gone')
    const waiting = channel.next(neverAborts)
    channel.end(reason)
    await expect(waiting).rejects.toBe(reason)
  })

  test('closes once when disposed twice, and next() throws', async () => {
    await using jupyter = await FakeJupyter.start()
    const channel = await openChannel(jupyter)
    await Promise.all([channel[Symbol.asyncDispose](), channel[Symbol.asyncDispose]()])
    await channel[Symbol.asyncDispose]()
    await expect(channel.next(neverAborts)).rejects.toMatchObject({ code: 'CANCELLED' })
    await until('no connection', () => jupyter.openStreams === 0 || undefined)
    expect(jupyter.countOf('channels')).toBe(1)
  })
})

describe('a channel whose connection breaks', () => {
  test.each(['FIN', 'RST', 1011, 1001, 1000] as const)(
    'next() goes on after %s with what the kernel said meanwhile',
    async (how) => {
      await using jupyter = await FakeJupyter.start()
      await using channel = await openChannel(jupyter)
      say(jupyter, 'before')
      expect(await take(channel, 1)).toEqual(['before'])
      jupyter.kernel.lose(how)
      say(jupyter, 'meanwhile')
      expect(await take(channel, 2)).toEqual(['reconnected', 'meanwhile'])
      say(jupyter, 'after')
      expect(await take(channel, 1)).toEqual(['after'])
      const [first, second] = jupyter.requests.filter(({ route }) => route === 'channels')
      expect(second?.path).toBe(first?.path)
      expect(second?.headers.authorization).toBe(`token ${token}`)
    },
  )

  test('next() continues after several failed attempts to reconnect', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    const unavailable = { status: 503, body: '' }
    jupyter.script('channels', unavailable, { silence: 'drop' }, tokenPage(502, token))
    jupyter.kernel.lose('RST')
    say(jupyter, 'meanwhile')
    expect(await take(channel, 2)).toEqual(['reconnected', 'meanwhile'])
    expect(jupyter.countOf('channels')).toBe(5)
  })

  test('next() continues after each of several lost connections', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    for (const text of ['a', 'b', 'c']) {
      jupyter.kernel.lose('RST')
      say(jupyter, text)
      expect(await take(channel, 2)).toEqual(['reconnected', text])
    }
  })

  test('send() queues the message while there is no connection', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    jupyter.script('channels', { status: 503, body: '' }, { status: 503, body: '' })
    jupyter.kernel.lose('RST')
    await until('the break', () => jupyter.countOf('channels') > 1 || undefined)
    const sent = request()
    channel.send(sent)
    expect(await executed(jupyter)).toEqual([sent.id])
  })

  test('send() holds messages back until the kernel sends something on a new connection, which is tried', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    jupyter.kernel.answersInfo = false // as when the server loses what it gets at first
    jupyter.kernel.lose('RST')
    expect(await take(channel, 1)).toEqual(['reconnected'])
    const sent = request()
    channel.send(sent)
    await until('two probes', () => jupyter.kernel.received[1])
    expect(jupyter.kernel.received.map(({ type }) => type)).toEqual([
      'kernel_info_request',
      'kernel_info_request',
    ])
    say(jupyter, 'here')
    expect(await executed(jupyter)).toEqual([sent.id])
  })

  test('checkSilence() asks a silent kernel, and connects again when it does not answer', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    for (let checks = 0; checks < 9; checks += 1) {
      say(jupyter, 'talks')
      await take(channel, 1)
      channel.checkSilence()
    }
    expect(jupyter.kernel.received).toEqual([])
    jupyter.kernel.answersInfo = false
    channel.checkSilence()
    await until('a probe', () => jupyter.kernel.received[0])
    expect(jupyter.countOf('channels')).toBe(1)
    channel.checkSilence()
    channel.checkSilence()
    expect(await take(channel, 1)).toEqual(['reconnected'])
    expect(new Set(jupyter.requests.slice(-2).map(({ path }) => path)).size).toBe(1)
  })

  test('send() queues the message when the server has just closed the connection', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    const { socket, stream } = jupyter.kernel.connection
    stream.cork() // the message and the goodbye arrive together
    say(jupyter, 'last')
    socket.close(1011)
    stream.uncork()
    expect(await take(channel, 1)).toEqual(['last'])
    const sent = request()
    channel.send(sent)
    expect(await executed(jupyter)).toEqual([sent.id])
  })

  test.each([
    [404, 'KERNEL_GONE', 'does not know the kernel any more'],
    [403, 'CONNECTION_LOST', 'refuses the token now'],
    [401, 'CONNECTION_LOST', 'refuses the token now'],
  ])('next() throws when the server answers a reconnection with %d', async (status, code, said) => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    jupyter.always('channels', tokenPage(status, token))
    jupyter.kernel.lose('RST')
    const error = await rejectionOf(channel.next(neverAborts))
    expect(error).toMatchObject({ code, message: expect.stringContaining(said) })
    expect(error.message).not.toContain('secret')
    expect(jupyter.countOf('channels')).toBe(2)
  })

  test('next() throws the reason of its signal while there is no connection', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await openChannel(jupyter)
    jupyter.always('channels', { silence: 'hang' })
    jupyter.kernel.lose('RST')
    const reason = new Error('late')
    const stop = new AbortController()
    setTimeout(() => stop.abort(reason), 100)
    await expect(channel.next(stop.signal)).rejects.toBe(reason)
  })

  test('does not take its session back from another process', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel('k')
    const { kernels } = serverOf(jupyter)
    await using channel = await KernelChannel.open(kernels.channel('k', 's'), neverAborts)
    const takenOver = new RunError('TAKEN_OVER', 'Cannot go on with the run: it was taken over')
    kernels.beforeConnect = () => Promise.reject(takenOver)
    jupyter.kernel.lose('RST')
    await expect(channel.next(neverAborts)).rejects.toBe(takenOver)
    expect(jupyter.countOf('channels')).toBe(1)
  })

  test('stops reconnecting when disposed', async () => {
    await using jupyter = await FakeJupyter.start()
    const channel = await openChannel(jupyter)
    jupyter.always('channels', { silence: 'hang' })
    jupyter.kernel.lose('RST')
    await until('an attempt', () => jupyter.countOf('channels') > 1 || undefined)
    await channel[Symbol.asyncDispose]()
    await until('no connection', () => jupyter.openStreams === 0 || undefined)
    expect(jupyter.countOf('channels')).toBe(2)
  })
})

test('MessageQueue returns what was added, in order, and then nothing', () => {
  const queue = new MessageQueue<number>()
  const taken: number[] = []
  for (let next = 0; next < 30_000; next += 3) {
    for (const message of [next, next + 1, next + 2]) queue.add(message)
    taken.push(...[queue.take(), queue.take()].filter((message) => message !== undefined))
  }
  for (let last = queue.take(); last !== undefined; last = queue.take()) taken.push(last)
  expect(taken).toEqual(Array.from({ length: 30_000 }, (_, place) => place))
  queue.add(7)
  expect([queue.take(), queue.take()]).toEqual([7, undefined])
})
