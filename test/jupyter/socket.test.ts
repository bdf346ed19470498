import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import type { RunError } from '../../src/errors.ts'
import { type KernelSocket, openSocket } from '../../src/jupyter/socket.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { token } from '../support/fake_request.ts'
import { tokenPage } from '../support/fake_rest.ts'
import { neverAborts } from '../support/observe.ts'
import { portOf } from '../support/port.ts'
import { until } from '../support/until.ts'

const id = '0b5a5f27-1111-4222-8333-944455556666'

class Heard {
  readonly events: string[] = []
  readonly onOpen = () => void this.events.push('open')
  readonly onFrame = (data: Buffer) => void this.events.push(data.toString('utf8'))
  readonly onOversized = (head: Buffer, bytes: number) =>
    void this.events.push(`left out ${bytes}: ${head.toString('utf8', 0, 3)}`)
  readonly onClose = (code: number, error: RunError | null) =>
    void this.events.push(`closed ${code} ${error?.code ?? 'unexplained'}`)
}

function open(jupyter: FakeJupyter, heard: Heard, signal = neverAborts): Promise<KernelSocket> {
  const url = new URL(`api/kernels/${id}/channels?session_id=s`, jupyter.url)
  url.protocol = 'ws:'
  return openSocket({ url, headers: { Authorization: `token ${token}` } }, heard, signal)
}

describe('openSocket()', () => {
  test('openSocket() delivers frames that arrive with the handshake after onOpen', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = jupyter.addKernel(id)
    const heard = new Heard()
    const first = await open(jupyter, heard)
    kernel.lose('RST')
    kernel.send('one')
    kernel.send('two')
    await until('the end', () => heard.events.at(-1)?.startsWith('closed') || undefined)
    await first.close()
    const again = new Heard()
    const socket = await open(jupyter, again)
    await until('the frames', () => again.events[2])
    expect(again.events).toEqual(['open', 'one', 'two'])
    await socket.close()
  })

  test('openSocket() leaves out messages that are too long, and delivers later ones', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = jupyter.addKernel(id)
    const heard = new Heard()
    const socket = await open(jupyter, heard)
    kernel.send('one')
    kernel.send(`two${'.'.repeat(50 * 1024 * 1024)}`)
    kernel.send('three')
    await until('the frames', () => heard.events[3])
    expect(heard.events).toEqual(['open', 'one', `left out ${50 * 1024 * 1024 + 3}: two`, 'three'])
    await socket.close()
  })

  test.each([
    [403, { status: 403, body: { message: 'Forbidden' } }],
    [404, tokenPage(404, token)],
    [500, { status: 500, body: '' }],
    [200, { status: 200, body: 'no WebSocket' }],
    [302, { status: 302, headers: { Location: 'http://elsewhere.test/' } }],
  ])('openSocket() throws HandshakeRefused when the server answers %d', async (status, answer) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel(id)
    jupyter.script('channels', answer)
    const refused = {
      name: 'HandshakeRefused',
      status,
      message: expect.not.stringMatching(/secret/),
    }
    await expect(open(jupyter, new Heard())).rejects.toMatchObject(refused)
    expect(jupyter.requests).toHaveLength(1)
  })

  test('openSocket() throws SERVER_UNREACHABLE when the server resets the connection', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('channels', { silence: 'drop' })
    await expect(open(jupyter, new Heard())).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  })

  test('openSocket() throws the reason of the signal when the handshake hangs', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('channels', { silence: 'hang' })
    const stop = new AbortController()
    const reason = new Error('stopped')
    setTimeout(() => stop.abort(reason), 50)
    await expect(open(jupyter, new Heard(), stop.signal)).rejects.toBe(reason)
    await expect(open(jupyter, new Heard(), AbortSignal.abort(reason))).rejects.toBe(reason)
    await until('no open call', () => jupyter.openStreams === 0 || undefined)
  })

  test('openSocket() sends the token in the header and no Origin', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.addKernel(id)
    await using _ = closing(await open(jupyter, new Heard()))
    const { headers, path } = jupyter.requests[0] ?? {}
    expect(headers).toMatchObject({ authorization: `token ${token}` })
    expect(headers).not.toHaveProperty('origin')
    expect(path).not.toContain(token)
  })
})

describe('KernelSocket', () => {
  test.each([
    ['RST', 1006],
    ['FIN', 1006],
    [1011, 1011],
    [1009, 1009],
  ] as const)('onClose() is called once when the server ends it by %s', async (how, code) => {
    await using jupyter = await FakeJupyter.start()
    const kernel = jupyter.addKernel(id)
    const heard = new Heard()
    const socket = await open(jupyter, heard)
    kernel.send('last')
    await until('the frame', () => heard.events[1])
    kernel.lose(how)
    await until('the end', () => heard.events[2])
    await socket.close()
    expect(heard.events).toEqual(['open', 'last', `closed ${code} unexplained`])
  })

  test('close() may be called twice, and sends a close frame', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = jupyter.addKernel(id)
    const heard = new Heard()
    const socket = await open(jupyter, heard)
    await Promise.all([socket.close(), socket.close()])
    await socket.close()
    expect(heard.events).toEqual(['open', 'closed 1000 unexplained'])
    expect(socket.isOpen).toBe(false)
    await until('the goodbye', () => !kernel.isConnected || undefined)
  })

  test('close() stops waiting for a server that does not answer, even when paused', async () => {
    await using server = await deafServer()
    const heard = new Heard()
    const url = new URL(`ws://127.0.0.1:${server.port}/`)
    const socket = await openSocket({ url, headers: {} }, heard, neverAborts)
    socket.pause()
    const start = performance.now()
    await socket.close()
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(heard.events.at(-1)).toBe('closed 1006 unexplained')
  })

  test('pause() holds frames back until resume()', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = jupyter.addKernel(id)
    const heard = new Heard()
    await using socket = closing(await open(jupyter, heard))
    socket.pause()
    kernel.send('late')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(heard.events).toEqual(['open'])
    socket.resume()
    await until('the frame', () => heard.events[1])
  })

  test('a frame is answered with a pong at once', async () => {
    await using jupyter = await FakeJupyter.start()
    const kernel = jupyter.addKernel(id)
    await using _ = closing(await open(jupyter, new Heard()))
    const pong = once(kernel.connection.socket, 'pong')
    kernel.send('hello')
    expect(await pong).toHaveLength(1)
  })
})

function closing(socket: KernelSocket): KernelSocket & AsyncDisposable {
  return Object.assign(socket, { [Symbol.asyncDispose]: () => socket.close() })
}

/** Takes a handshake (whose answer RFC 6455 fixes) and is silent from then on. */
async function deafServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const streams = new Set<Socket>()
  const server: Server = createServer((stream) => {
    streams.add(stream.on('error', () => undefined))
    stream.once('data', (head) => {
      const key = /sec-websocket-key: (.*)\r/i.exec(head.toString('latin1'))?.[1] ?? ''
      stream.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
      )
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    for (const stream of streams) stream.destroy()
    server.close()
    await once(server, 'close')
  }
  return { port: portOf(server), [Symbol.asyncDispose]: close }
}

function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}
