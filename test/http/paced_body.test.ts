import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { describe, expect, test } from '@jest/globals'
import {
  approximateBytes,
  PacedBody,
  piecesOf,
  type ReaderLimits,
} from '../../src/http/paced_body.ts'
import { neverAborts } from '../support/observe.ts'
import { closeServer, portOf } from '../support/port.ts'
import { until } from '../support/until.ts'

const limits = { idleMs: 20_000, totalMs: 20_000 }
const piece = 'x'.repeat(65_536)

function* pieces(count: number): Generator<string, void, void> {
  for (let given = 0; given < count; given++) yield piece
}

function* failing(): Generator<string, void, void> {
  yield piece
  throw new Error('broken')
}

interface Handler {
  readonly socket: Socket
  readonly response: ServerResponse
  readonly paced: PacedBody
}

const options = { overrideGlobalObjects: false }

/** An answer to a client that reads nothing before it is told to. */
async function answerTo(use: (answer: Handler) => Promise<void>): Promise<void> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect(portOf(server), '127.0.0.1')
  socket.pause().on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  const [request, response] = await once(server, 'request')
  const paced = new PacedBody(response)
  void getRequestListener(() => new Response(paced.stream), options)(request, response)
  try {
    await use({ socket, response, paced })
  } finally {
    socket.destroy()
    await closeServer(server)
  }
}

function timed(paced: PacedBody, changes: Partial<ReaderLimits>): Promise<void> {
  return paced.end({ ...limits, ...changes }, neverAborts)
}

describe('PacedBody', () => {
  test('writes what was added, in order, and frees what was held', async () => {
    await answerTo(async ({ socket, paced }) => {
      const freed: number[] = []
      const held = (number: number) => ({ [Symbol.dispose]: () => void freed.push(number) })
      paced.add(pieces(40), 40 * 65_536, held(1))
      paced.add(['the ', Buffer.from('end')], 7, held(2))
      expect(paced.waitingBytes).toBeGreaterThanOrEqual(40 * 65_536)
      const [read] = await Promise.all([text(socket), paced.end(limits, neverAborts)])
      expect(read).toMatch(/x{1000}[^]*the [^]*end\r\n0\r\n\r\n$/)
      expect([freed, paced.waitingBytes]).toEqual([[1, 2], 0])
    })
  })

  test('asks for pieces only as they are read', async () => {
    await answerTo(async ({ socket, paced }) => {
      let given = 0
      const counted = function* () {
        for (const each of pieces(1_000)) {
          given += 1
          yield each
        }
      }
      paced.add(counted(), 1_000 * 65_536)
      await pause(300)
      const unread = given // what the system's buffers hold
      expect(unread).toBeLessThan(500)
      socket.resume()
      await until('all of it', () => given === 1_000 || undefined)
    })
  })

  test('cuts off a reader that takes nothing, and frees what was held', async () => {
    await answerTo(async ({ response, paced }) => {
      let isFreed = false
      paced.add(pieces(1_000), 65_536_000, { [Symbol.dispose]: () => void (isFreed = true) })
      await timed(paced, { idleMs: 200 })
      expect(response.destroyed).toBe(true)
      await until('the room', () => isFreed || undefined)
      expect(paced.waitingBytes).toBe(0)
    })
  })

  test('cuts off a reader that takes a little now and then, at the end of its time', async () => {
    await answerTo(async ({ socket, response, paced }) => {
      const reading = setInterval(() => void socket.read(), 20)
      socket.on('readable', () => undefined)
      paced.add(pieces(100_000), 6_553_600_000)
      const startedTick = performance.now()
      await timed(paced, { totalMs: 2_000 })
      clearInterval(reading)
      expect(response.destroyed).toBe(true)
      expect(performance.now() - startedTick).toBeGreaterThan(1_900)
    })
  })

  test('does not cut off a slow reader that goes on', async () => {
    await answerTo(async ({ socket, paced }) => {
      paced.add(pieces(200), 200 * 65_536)
      const ended = timed(paced, { idleMs: 2_000 })
      const startedTick = performance.now()
      let size = 0
      for await (const chunk of socket) {
        size += Buffer.from(chunk).length
        if (performance.now() - startedTick < 3_000) await pause(20)
      }
      await ended
      expect(size).toBeGreaterThan(200 * 65_536)
      expect(performance.now() - startedTick).toBeGreaterThan(2_000)
    })
  })

  test('ends at once when the client is gone, or the pieces fail', async () => {
    await answerTo(async ({ socket, paced }) => {
      paced.add(pieces(1_000), 65_536_000)
      setTimeout(() => socket.destroy(), 100)
      await paced.end(limits, neverAborts)
    })
    await answerTo(async ({ response, paced }) => {
      paced.add(failing(), 1)
      await paced.end(limits, neverAborts)
      expect(response.destroyed).toBe(true)
    })
  })
})

describe('piecesOf()', () => {
  test('gives the whole text again, with no character cut in two', () => {
    for (let length = 65_530; length < 65_540; length++) {
      const body = `${'x'.repeat(length)}größe${'😀'.repeat(40_000)}`
      const parts = [...piecesOf(body)].map((part) => Buffer.from(part))
      expect(parts.length).toBeGreaterThan(1)
      expect(Buffer.concat(parts).equals(Buffer.from(body))).toBe(true)
    }
  })

  test('gives all bytes, and nothing of nothing', () => {
    const bytes = Buffer.alloc(200_000, 'abc')
    const parts = [...piecesOf(bytes)].map((part) => Buffer.from(part))
    expect(Buffer.concat(parts).equals(bytes)).toBe(true)
    expect([...piecesOf('')]).toEqual([])
  })
})

describe('approximateBytes()', () => {
  test('counts long texts as they are, and everything else as a little', () => {
    const body = 'x'.repeat(1_000_000)
    expect(approximateBytes({ a: [body, { b: body }] })).toBeGreaterThan(2_000_000)
    expect(approximateBytes({ a: [body, { b: body }] })).toBeLessThan(2_000_200)
    expect(approximateBytes([1, null, true, {}, 2n])).toBeLessThan(100)
  })
})
