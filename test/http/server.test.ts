import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { createServer, type RequestListener } from '../../src/http/server.ts'
import { callHttp } from '../support/http_call.ts'
import { Http2Connection } from '../support/http2_call.ts'
import { portOf } from '../support/port.ts'

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

const echo: RequestListener = async (request, response) => {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  response.writeHead(200, { 'Content-Type': 'text/plain' })
  response.end(`${request.httpVersion} ${request.method} ${request.url} ${body}`)
}

/** Serves on a free port while `use` runs. */
async function serving(
  listener: RequestListener,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use(portOf(server))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket.setNoDelay()
}

describe('createServer()', () => {
  test('serves HTTP/1.1 and HTTP/2 without TLS on one port', async () => {
    await serving(echo, async (port) => {
      const call = { method: 'POST', path: '/a?b=c', body: 'the body' }
      await using http2 = await Http2Connection.open(port)
      const answers = await Promise.all([
        callHttp(port, call),
        http2.call(call),
        http2.call({ path: '/second' }),
        callHttp(port, { path: '/second' }),
      ])
      expect(answers.map((answer) => answer.text)).toEqual([
        '1.1 POST /a?b=c the body',
        '2.0 POST /a?b=c the body',
        '2.0 GET /second ',
        '1.1 GET /second ',
      ])
    })
  })

  test('recognises a protocol whose first bytes come one by one', async () => {
    await serving(echo, async (port) => {
      const socket = await open(port)
      const request = 'PUT /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
      for (const letter of request) {
        socket.write(letter)
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(await text(socket)).toContain('1.1 PUT /slow')
      const http2 = await open(port)
      for (const letter of preface) {
        http2.write(letter)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const [settings] = await once(http2, 'data')
      expect(Buffer.from(settings)[3]).toBe(4) // the type of a SETTINGS frame (RFC 9113, 6.5)
      http2.destroy()
    })
  })

  test('closes a connection that ends before it has said which protocol it speaks', async () => {
    await serving(echo, async (port) => {
      const socket = await open(port)
      socket.end('PRI * HT')
      expect(await text(socket)).toBe('')
    })
  })

  test('answers what is neither protocol with 400, and goes on serving', async () => {
    await serving(echo, async (port) => {
      const socket = await open(port)
      socket.end('PRI * HTTP/9.9\r\n\r\n')
      expect(await text(socket)).toMatch(/^HTTP\/1.1 400 Bad Request/)
      const broken = await open(port)
      broken.write(preface)
      broken.write(Buffer.alloc(64, 0xff)) // no frame that there is
      await text(broken)
      expect((await callHttp(port, { path: '/' })).status).toBe(200)
    })
  })

  test('limits the requests at once on one HTTP/2 connection to 100', async () => {
    let requests = 0
    const hanging: RequestListener = async () => void (requests += 1)
    await serving(hanging, async (port) => {
      await using http2 = await Http2Connection.open(port)
      if (http2.session.remoteSettings.maxConcurrentStreams !== 100) {
        await once(http2.session, 'remoteSettings')
      }
      expect(http2.session.remoteSettings.maxConcurrentStreams).toBe(100)
      const streams = Array.from({ length: 150 }, () => http2.send({ path: '/' }))
      for (const stream of streams) stream.on('error', () => undefined)
      await new Promise((resolve) => http2.session.ping(resolve))
      expect(requests).toBeLessThanOrEqual(100)
    })
  })

  test('ends a connection that opens streams and resets them without end', async () => {
    let requests = 0
    const hanging: RequestListener = async () => void (requests += 1)
    await serving(hanging, async (port) => {
      await using http2 = await Http2Connection.open(port)
      const closed = new Promise((resolve) => void http2.session.once('close', resolve))
      const flood = () => {
        if (http2.session.destroyed) return
        for (let count = 0; count < 100; count++) {
          const stream = http2.send({ path: '/' })
          stream.on('error', () => undefined)
          stream.close(8) // CANCEL
        }
        setImmediate(flood)
      }
      flood()
      await closed
      expect(requests).toBeGreaterThan(0)
    })
  })
})
