import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { KernelChannel } from '../../src/jupyter/channel.ts'
import { Kernel } from '../../src/jupyter/kernel.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import type { FakeConnection } from '../support/fake_kernel.ts'
import { textFrame } from '../support/fake_frame.ts'
import { neverAborts } from '../support/observe.ts'
import { openChannel, serverOf } from '../support/open_channel.ts'
import { until } from '../support/until.ts'

/** RFC 6761 reserves it: no resolver finds it. */
const nameless = 'no-such-host.invalid'

/** No Jupyter Server does any of this: bytes below a WebSocket that was accepted. */
const bad: readonly (readonly [string, (connection: FakeConnection) => void])[] = [
  ['cuts it', ({ stream }) => void stream.resetAndDestroy()],
  ['ends it', ({ stream }) => void stream.end()],
  ['says goodbye', ({ socket }) => socket.close(1000)],
  ['says goodbye with a code that is none', ({ stream }) => writes(stream, [0x88, 2, 3, 0xe7])],
  ['sends reserved bits', ({ stream }) => writes(stream, [0xf1, 1, 0x61])],
  ['sends compressed data unasked', ({ stream }) => writes(stream, [0xc1, 1, 0x61])],
  ['sends text that is not UTF-8', ({ stream }) => writes(stream, [0x81, 2, 0xc3, 0x28])],
  ['masks what it sends', ({ stream }) => writes(stream, [0x81, 0x81, 0, 0, 0, 0, 0x61])],
  ['sends a long ping', ({ stream }) => writes(stream, [0x89, 126, 0, 200, ...Array(200).fill(0)])],
  ['sends a ping in parts', ({ stream }) => writes(stream, [0x09, 1, 0x61])],
  ['sends an unknown opcode', ({ stream }) => writes(stream, [0x83, 1, 0x61])],
  ['goes on with what never began', ({ stream }) => writes(stream, [0x80, 1, 0x61])],
  ['sends what nobody can read, and cuts it', unreadableAndCut],
]

function writes(stream: FakeConnection['stream'], bytes: readonly number[]): void {
  stream.write(Buffer.from(bytes))
}

function unreadableAndCut({ socket, stream }: FakeConnection): void {
  socket.send('no JSON', () => stream.end())
}

/** A channel whose every connection but the first is treated in this way. */
async function badChannel(
  jupyter: FakeJupyter,
  treat: (connection: FakeConnection) => void,
): Promise<KernelChannel> {
  const channel = await openChannel(jupyter)
  const { kernel } = jupyter
  kernel.attach = (connection) => {
    connection.socket.on('error', () => undefined)
    setImmediate(() => treat(connection))
  }
  kernel.lose('RST')
  return channel
}

describe('a server that accepts every connection and closes it', () => {
  test.concurrent.each(bad)('is not stormed when it %s', async (...[, treat]) => {
    await using jupyter = await FakeJupyter.start()
    await using _ = await badChannel(jupyter, treat)
    await until('a second attempt', () => jupyter.countOf('channels') > 2 || undefined)
    await pause(3_000)
    // At most at 0, 0.125, 0.375, 0.875, 1.875 and 3.875 s, each time a little later.
    expect(jupyter.countOf('channels')).toBeGreaterThan(3)
    expect(jupyter.countOf('channels')).toBeLessThan(9)
  })

  test('is given up, even if each connection brings a message', async () => {
    await using jupyter = await FakeJupyter.start()
    await using channel = await badChannel(jupyter, ({ socket, stream }) => {
      const content = { execution_state: 'idle' }
      const frame = textFrame({ type: 'status', content, parent: {}, session: 'kernel' })
      socket.send(frame, () => writes(stream, [0x81, 2, 0xc3, 0x28]))
    })
    const seen: string[] = []
    const listen = async () => {
      for (;;) seen.push((await channel.next(neverAborts)).type)
    }
    await expect(listen()).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringMatching(
        /broke and does not hold: it broke 3\d times within \d+ s \(.*WS_ERR_INVALID_UTF8\)\)$/,
      ),
    })
    expect(seen.filter((type) => type === 'reconnected').length).toBeLessThan(40)
  })
})

describe('a host name that cannot be resolved for a while', () => {
  test('does not end a channel whose connection breaks meanwhile', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = jupyter.addKernel(randomUUID())
    const server = serverOf(jupyter)
    const endpoint = server.kernels.channel(kernel.id, 'session-1')
    const { url } = endpoint
    await using channel = await KernelChannel.open(endpoint, neverAborts)
    const { hostname } = url
    url.hostname = nameless
    kernel.lose('RST')
    kernel.say({ type: 'status', content: {}, parent: {} })
    await pause(1_500)
    expect(jupyter.countOf('channels')).toBe(1)
    url.hostname = hostname
    expect((await channel.next(neverAborts)).type).toBe('reconnected')
    expect((await channel.next(neverAborts)).type).toBe('status')
  })

  test('does not prevent the deletion of a kernel', async () => {
    await using jupyter = await FakeJupyter.start()
    const server = serverOf(jupyter)
    const kernel = Kernel.create(server.kernels, { name: 'python3', keep: false })
    await kernel.start('n.ipynb', neverAborts)
    const { hostname } = server.url
    server.url.hostname = nameless
    setTimeout(() => (server.url.hostname = hostname), 1_200)
    await kernel.end(15_000, neverAborts)
    expect(kernel).toMatchObject({ deleted: true, deletionError: null })
  })
})
