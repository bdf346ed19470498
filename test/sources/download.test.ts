import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { download } from '../../src/sources/download.ts'
import { neverAborts } from '../support/observe.ts'
import { closeServer, portOf } from '../support/port.ts'
import { rejectionOf } from '../support/rejection.ts'

const address = 'https://host.example/a.ipynb'

/** A web server, with how many connections it got. */
class WebServer implements AsyncDisposable {
  connections = 0
  readonly #server: Server

  constructor(answer: RequestListener) {
    this.#server = createServer(answer).listen(0, '127.0.0.1')
    this.#server.on('connection', () => void this.connections++)
  }

  async url(host = '127.0.0.1'): Promise<URL> {
    if (!this.#server.listening) await once(this.#server, 'listening')
    return new URL(`http://${host}:${portOf(this.#server)}/a?key=s3cret`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server)
  }
}

const own = { address, allowPrivate: true }

describe('download()', () => {
  test('gives the answer with its headers', async () => {
    await using server = new WebServer((_, response) => {
      response.writeHead(404, { ETag: '"x"' }).end('none')
    })
    const { status, header, bytes } = await download(await server.url(), own, neverAborts)
    expect([status, header('etag'), bytes.toString()]).toEqual([404, '"x"', 'none'])
  })

  test('follows no redirect', async () => {
    await using server = new WebServer((_, response) => {
      response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()
    })
    const { status, header } = await download(await server.url(), own, neverAborts)
    expect([status, header('location')]).toEqual([302, 'http://127.0.0.1:1/'])
  })

  test('tries again after a status that may pass, and then says which', async () => {
    let failures = 1
    await using server = new WebServer((_, response) => {
      response.writeHead(failures-- > 0 ? 503 : 200).end('x')
    })
    expect((await download(await server.url(), own, neverAborts)).status).toBe(200)
    failures = 9
    const { code, message } = await rejectionOf(download(await server.url(), own, neverAborts))
    expect(code).toBe('SOURCE_UNREACHABLE')
    expect(message).toMatch(
      /"https:\/\/host\.example\/a\.ipynb" from 127\.0\.0\.1:\d+: it answers 503$/,
    )
  })

  test('reads no more than 32 MiB', async () => {
    await using server = new WebServer((_, response) => {
      response.end(Buffer.alloc(33 * 2 ** 20))
    })
    const { code } = await rejectionOf(download(await server.url(), own, neverAborts))
    expect(code).toBe('NOTEBOOK_INVALID')
  })

  test.each(['127.0.0.1', 'localhost'])(
    'opens no connection to %s when that is private',
    async (host) => {
      await using server = new WebServer((_, response) => void response.end('internal'))
      const options = { address, allowPrivate: false }
      const { code, message } = await rejectionOf(
        download(await server.url(host), options, neverAborts),
      )
      expect(code).toBe('SOURCE_NOT_ALLOWED')
      expect(message).toMatch(/its address \S+ is not one of the public internet/)
      expect(server.connections).toBe(0)
    },
  )

  test('opens no connection to a name that led elsewhere when it was looked up before', async () => {
    await using server = new WebServer((_, response) => void response.end('internal'))
    const answers = ['8.8.8.8', '127.0.0.1']
    const lookupAll: NonNullable<Parameters<typeof download>[1]['lookupAll']> = (_, __, callback) =>
      callback(null, [{ address: answers.pop() ?? '127.0.0.1', family: 4 }])
    const options = { address, allowPrivate: false, lookupAll }
    const url = await server.url('rebinding.example')
    expect((await rejectionOf(download(url, options, neverAborts))).code).toBe('SOURCE_NOT_ALLOWED')
    expect(server.connections).toBe(0)
  })

  test('says why there is no answer, without the query of the address', async () => {
    const url = new URL('http://127.0.0.1:1/a?key=s3cret')
    const { code, message } = await rejectionOf(download(url, own, neverAborts))
    expect(code).toBe('SOURCE_UNREACHABLE')
    expect(message).toContain('from 127.0.0.1:1: ')
    expect(message).not.toContain('s3cret')
  })
})
