import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { type Call, callServer } from '../../src/jupyter/rest.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { token } from '../support/fake_request.ts'
import { tokenPage } from '../support/fake_rest.ts'
import { neverAborts } from '../support/observe.ts'
import { portOf } from '../support/port.ts'
import { rejectionOf } from '../support/rejection.ts'

const MiB = 1024 * 1024
const id = '0b5a5f27-1111-4222-8333-944455556666'

/** An HTTP server that no real one is: it answers everything with what `write` writes. */
class Verbose implements AsyncDisposable {
  calls = 0
  sentBytes = 0
  readonly #server = createServer((request: IncomingMessage, response: ServerResponse) => {
    this.calls += 1
    request.resume()
    response.on('error', () => undefined)
    request.socket.on('close', () => (this.sentBytes += request.socket.bytesWritten))
    this.#write(response)
  })
  readonly #write: (response: ServerResponse) => void

  private constructor(write: (response: ServerResponse) => void) {
    this.#write = write
  }

  static async start(write: (response: ServerResponse) => void): Promise<Verbose> {
    const verbose = new Verbose(write)
    verbose.#server.listen(0, '127.0.0.1')
    await once(verbose.#server, 'listening')
    return verbose
  }

  get jupyter(): JupyterServer {
    const url = new URL(`http://127.0.0.1:${portOf(this.#server)}/`)
    return new JupyterServer(url, tokenCredentials('secret-token'))
  }

  /** Waits until nobody is connected any more. */
  async close(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return
    this.#server.closeAllConnections()
    await this.close()
  }
}

/** JSON that goes on as long as somebody reads it. */
function endless(status: number, headers: Readonly<Record<string, string>> = {}) {
  const part = Buffer.alloc(64 * 1024, ' ')
  return (response: ServerResponse) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    response.write('{"version": "2.0", "x": "')
    const more = () => {
      while (!response.destroyed && response.write(part)) continue
    }
    response.on('drain', more)
    more()
  }
}

type Ask = (server: JupyterServer) => Promise<unknown>
const asks: readonly (readonly [string, Ask, number, string, RegExp])[] = [
  [
    'version',
    (s) => s.status.probe(neverAborts),
    1,
    'SERVER_NOT_JUPYTER',
    /more than 64 KiB; check the host/,
  ],
  [
    'status',
    (s) => s.status.startedAt(neverAborts),
    1,
    'SERVER_NOT_JUPYTER',
    /more than 64 KiB; check/,
  ],
  [
    'kernel',
    (s) => s.kernels.nameOf(id, neverAborts),
    2,
    'SERVER_NOT_JUPYTER',
    /more than 1 MiB; check/,
  ],
  [
    'folder',
    (s) => s.contents.folder('/', neverAborts),
    65,
    'NOTEBOOK_NOT_FOUND',
    /64 MiB; distribute/,
  ],
  [
    'kernelspecs',
    (s) => s.kernelspecs.list(neverAborts),
    17,
    'SERVER_NOT_JUPYTER',
    /16 MiB; check/,
  ],
  [
    'notebook',
    (s) => s.contents.notebook('/n.ipynb', neverAborts),
    129,
    'NOTEBOOK_INVALID',
    /128 MiB; clear/,
  ],
]

describe('a response that does not end', () => {
  test.each(asks)('to the request for the %s is given up in time', async (...row) => {
    const [, ask, mebibytes, code, said] = row
    await using verbose = await Verbose.start(endless(200))
    const error = await rejectionOf(ask(verbose.jupyter))
    expect(error).toMatchObject({ code, message: expect.stringMatching(said) })
    await verbose.close() // only when the connection has ended
    expect(verbose.calls).toBe(1)
    // What lies in the buffers of the network on both sides was sent, but never read.
    expect(verbose.sentBytes).toBeLessThan((mebibytes + 16) * MiB)
  })

  test.each([
    { name: 'refusal', status: 403, headers: {}, code: 'SERVER_NOT_JUPYTER', said: '403' },
    {
      name: 'redirect',
      status: 302,
      headers: { Location: '/login' },
      code: 'TOKEN_REFUSED',
      said: 'a login page',
    },
    {
      name: 'page that is missing',
      status: 404,
      headers: {},
      code: 'SERVER_NOT_JUPYTER',
      said: '404',
    },
  ])('to a $name is reported by its status', async ({ status, headers, code, said }) => {
    await using verbose = await Verbose.start(endless(status, headers))
    const error = await rejectionOf(verbose.jupyter.kernelspecs.list(neverAborts))
    expect(error).toMatchObject({ code, message: expect.stringContaining(said) })
    await verbose.close()
    expect(verbose.sentBytes).toBeLessThan(16 * MiB)
  })

  test('is counted after decompression', async () => {
    const packed = gzipSync(Buffer.alloc(40 * MiB, ' '))
    await using verbose = await Verbose.start((response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(packed)
    })
    await expect(verbose.jupyter.kernelspecs.list(neverAborts)).rejects.toThrow('more than 16 MiB')
  })

  test('that arrives slowly is reported as begun', async () => {
    await using verbose = await Verbose.start((response) => {
      response.writeHead(200).write('{')
      const timer = setInterval(() => response.write(' '), 100)
      response.on('close', () => clearInterval(timer))
    })
    const error = await rejectionOf(verbose.jupyter.kernels.interrupt(id, neverAborts))
    expect(error).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringMatching(/did not end its answer within 5 s$/),
    })
  })
})

function call(jupyter: FakeJupyter, changes: Partial<Call> = {}, signal = neverAborts) {
  const url = new URL('api/kernelspecs', jupyter.url)
  return callServer(url, tokenCredentials(token), { purpose: 'call', ...changes }, signal)
}

describe('callServer()', () => {
  test('callServer() returns the status and the body of the response', async () => {
    await using jupyter = await FakeJupyter.start()
    const headers = { Server: 'Fake', 'Content-Type': 'application/json', Location: '/there' }
    jupyter.script('kernelspecs', { status: 201, body: { a: 1 }, headers })
    expect(await call(jupyter)).toMatchObject({
      status: 201,
      json: { a: 1 },
      isHtml: false,
      location: '/there',
      serverName: 'Fake',
    })
  })

  test('callServer() sends the token, except in a probe', async () => {
    await using jupyter = await FakeJupyter.start()
    await call(jupyter)
    await call(jupyter, { probe: true })
    const [first, second] = jupyter.requests
    expect(first?.headers.authorization).toBe(`token ${token}`)
    expect(second?.headers.authorization).toBeUndefined()
    expect(first?.headers.origin).toBeUndefined()
  })

  test('callServer() sends a body as JSON', async () => {
    await using jupyter = await FakeJupyter.start()
    const url = new URL('api/kernels', jupyter.url)
    const body = { name: 'é', kernel_id: '0-0-0-0-0' }
    const post: Call = { purpose: 'call', method: 'POST', body }
    await callServer(url, tokenCredentials(token), post, neverAborts)
    expect(JSON.parse(jupyter.requests[0]?.body ?? '')).toEqual(body)
    expect(jupyter.requests[0]?.headers['content-type']).toBe('application/json')
  })

  test('callServer() drops a body that is not JSON', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('kernelspecs', tokenPage(404, token))
    const answer = await call(jupyter)
    expect(answer).toMatchObject({ status: 404, json: undefined, isHtml: true })
    expect(JSON.stringify(answer)).not.toMatch(/secret/)
  })

  test.each([301, 302, 303, 307, 308])('callServer() does not follow a %d', async (status) => {
    await using elsewhere = await FakeJupyter.start()
    await using jupyter = await FakeJupyter.start()
    jupyter.script('kernelspecs', { status, headers: { Location: elsewhere.url.href } })
    const answer = await call(jupyter)
    expect(answer).toMatchObject({ status, location: elsewhere.url.href })
    expect(elsewhere.requests).toEqual([])
    expect(jupyter.requests).toHaveLength(1)
  })

  test.each([
    { name: 'nothing', answer: { silence: 'hang' as const } },
    {
      name: 'half of an answer',
      answer: { headers: { 'Content-Length': '1000' }, body: 'half', delayMs: 0 },
    },
  ])('callServer() throws when the server answers with $name', async ({ answer }) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('kernelspecs', answer)
    await expect(call(jupyter, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    })
  })

  test('callServer() says how long it waited', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('kernelspecs', { silence: 'hang' })
    const message = `Cannot call: ${jupyter.url.host} did not answer within 0.1 s`
    await expect(call(jupyter, { timeoutMs: 100 })).rejects.toMatchObject({ message })
  })

  test('callServer() throws the reason of the signal, before and during the call', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('kernelspecs', { silence: 'hang' })
    const reason = new RunError('CANCELLED', 'Cannot go on: stopped')
    await expect(call(jupyter, {}, AbortSignal.abort(reason))).rejects.toBe(reason)
    const stop = new AbortController()
    setTimeout(() => stop.abort(reason), 50)
    await expect(call(jupyter, {}, stop.signal)).rejects.toBe(reason)
  })

  test('callServer() reports that the server closed the connection', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('kernelspecs', { silence: 'drop' })
    await expect(call(jupyter)).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining('it closed the connection'),
    })
  })

  test('callServer() reports that a plain http server does not speak https', async () => {
    await using jupyter = await FakeJupyter.start()
    const url = new URL(jupyter.url)
    url.protocol = 'https:'
    const called = callServer(url, tokenCredentials(token), { purpose: 'call' }, neverAborts)
    await expect(called).rejects.toMatchObject({ code: 'TLS_FAILED' })
  })
})
