import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { type WebSocket, WebSocketServer } from 'ws'
import { KernelChannel } from '../../src/jupyter/channel.ts'
import { inspectRequest, kernelInfoRequest } from '../../src/jupyter/client_messages.ts'
import type { RolloverPlan } from '../../src/jupyter/rollover.ts'
import { partsOf, subprotocol } from '../../src/jupyter/wire.ts'
import { v1Frame } from '../support/fake_v1_frame.ts'
import { neverAborts } from '../support/observe.ts'
import { portOf } from '../support/port.ts'
import { until } from '../support/until.ts'

function createProbe() {
  return kernelInfoRequest('session-1', 'control')
}

interface Connection {
  readonly socket: WebSocket
  /** Below the WebSocket. */
  readonly stream: Socket
  /** The ids of the messages that came on it. */
  readonly received: string[]
}

/** A server of WebSockets, each of which it tells its number, in the state of a status message. */
class Front implements AsyncDisposable {
  readonly connections: Connection[] = []
  /** Whether it had to handle two sockets at a time. */
  overlapped = false
  /** What it does with each connection. */
  onConnection: (connection: Connection) => void = () => undefined
  readonly #server: WebSocketServer

  constructor(protocol: string | false = subprotocol) {
    const handleProtocols = () => protocol
    this.#server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols })
    this.#server.on('connection', (socket, { socket: stream }: IncomingMessage) => {
      this.overlapped ||= this.#server.clients.size > 1
      const connection: Connection = { socket, stream, received: [] }
      this.connections.push(connection)
      socket.on('error', () => undefined)
      socket.on('message', (data: Buffer) => {
        const header: { readonly msg_id: string } = JSON.parse(String(partsOf(data)?.[1]))
        connection.received.push(header.msg_id)
      })
      this.say(connection, `${this.connections.length}`)
      this.onConnection(connection)
    })
  }

  say({ socket }: Connection, state: string): void {
    const content = { execution_state: state }
    socket.send(v1Frame({ type: 'status', content, parent: {}, session: 'kernel' }))
  }

  async open(plan: Partial<RolloverPlan>): Promise<KernelChannel> {
    if (this.#server.address() === null) await once(this.#server, 'listening')
    const url = new URL(`ws://127.0.0.1:${portOf(this.#server)}`)
    const endpoint = { url, createProbe, headers: () => Promise.resolve({}) }
    const channel = await KernelChannel.open(endpoint, neverAborts)
    channel.limitSocketAge({ lifetimeMs: 200, keepsMessages, ...plan })
    return channel
  }

  async untilConnections(count: number): Promise<void> {
    await until(`${count} connections`, () => this.connections.length >= count || undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function keepsMessages(): Promise<boolean> {
  return Promise.resolve(true)
}

async function heardBy(channel: KernelChannel, count: number): Promise<readonly string[]> {
  const heard: string[] = []
  while (heard.length < count) {
    const message = await channel.next(neverAborts)
    heard.push(message.type === 'status' ? message.state : message.type)
  }
  return heard
}

describe('Rollover', () => {
  test('replaces an old socket by a new one, in sequence and without a notice', async () => {
    await using front = new Front()
    await using channel = await front.open({})
    expect(await heardBy(channel, 4)).toEqual(['1', '2', '3', '4'])
    expect(front.overlapped).toBe(false)
  })

  test('reports a socket that was cut before the server said that it had sent everything', async () => {
    await using front = new Front()
    front.onConnection = ({ socket, stream }) => {
      if (front.connections.length > 1) return
      socket.on('ping', () => {
        stream.pause() // it does not see the close frame
        setTimeout(() => stream.end(), 100)
      })
    }
    await using channel = await front.open({})
    expect(await heardBy(channel, 3)).toEqual(['1', 'reconnected', '2'])
  })

  test('holds messages back until the new socket is open', async () => {
    await using front = new Front()
    await using channel = await front.open({})
    const sent: string[] = []
    while (front.connections.length < 4) {
      const message = inspectRequest('name', 'session')
      channel.send(message)
      sent.push(message.id)
      await pause(1)
    }
    const received = () => front.connections.flatMap((connection) => connection.received)
    await until('all messages', () => received().length === sent.length || undefined)
    expect(received()).toEqual(sent)
  })

  test('begins between cells as soon as the socket is old', async () => {
    await using front = new Front()
    const asked: boolean[] = []
    const noted = (isCellRunning: boolean) => {
      asked.push(isCellRunning)
      return Promise.resolve(true)
    }
    await using channel = await front.open({ lifetimeMs: 1_000, keepsMessages: noted })
    channel.betweenCells()
    await pause(1_010)
    const [first] = front.connections
    if (first !== undefined) front.say(first, 'busy') // not silent, so that its time is 90 ms away
    channel.betweenCells()
    await front.untilConnections(2)
    expect(asked).toEqual([false])
  })

  test.each([
    { name: 'the server would not keep messages', answer: () => Promise.resolve(false) },
    { name: 'that is not known', answer: () => Promise.reject(new Error('no answer')) },
  ])('keeps the socket and sends on it if $name', async ({ answer }) => {
    await using front = new Front()
    let asked = 0
    const counted = () => {
      asked += 1
      return answer()
    }
    await using channel = await front.open({ keepsMessages: counted })
    await until('two attempts', () => asked > 1 || undefined)
    const message = inspectRequest('name', 'session')
    channel.send(message)
    const [first] = front.connections
    await until('the message', () => first?.received.includes(message.id) || undefined)
    expect(front.connections).toHaveLength(1)
  })

  test('keeps the socket of a server that passes messages on in the default protocol', async () => {
    await using front = new Front(false)
    await using _ = await front.open({ lifetimeMs: 50 })
    await pause(500)
    expect(front.connections).toHaveLength(1)
  })

  test('ends with the channel', async () => {
    await using front = new Front()
    const channel = await front.open({ keepsMessages: () => new Promise(() => undefined) })
    await pause(300) // it waits for the answer
    await channel[Symbol.asyncDispose]()
    expect(front.connections).toHaveLength(1)
  })
})
