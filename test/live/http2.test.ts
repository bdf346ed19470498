import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { constants } from 'node:http2'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Http2Connection } from '../support/http2_call.ts'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { readEvents } from '../support/server_sent_events.ts'
import { until } from '../support/until.ts'

const opened = new Opened()
let server: JupyterServer
let service: HttpFunction
let client: Http2Connection

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  await server.writeNotebook('quick.ipynb', [
    { type: 'code', source: 'x = 7', metadata: { tags: ['parameters'] } },
    '6 * x',
  ])
  await server.writeNotebook('endless.ipynb', [
    'import time\nprint("go", flush=True)\nwhile True: time.sleep(0.05)',
  ])
  const env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token, NBTRIGGER_MAX_RUNS: '1' }
  service = opened.use(await HttpFunction.start(env))
  client = opened.use(await Http2Connection.open(service.process.port))
})
afterAll(() => opened[Symbol.asyncDispose]())

const json = { 'content-type': 'application/json' }

function finishedRuns() {
  return service.process.entries().filter(({ event }) => event === 'run_finished')
}

describe('HTTP/2 without TLS', () => {
  test('runs notebooks by POST and GET, beside HTTP/1.1 on the same port', async () => {
    const body = JSON.stringify({ notebook: 'quick.ipynb', parameters: { x: 5 } })
    const posted = await client.call({ method: 'POST', path: '/?result', headers: json, body })
    expect([posted.status, posted.text]).toEqual([200, '30'])
    expect(posted.headers).toMatchObject({ 'content-length': '2', 'cache-control': 'no-store' })
    expect(await client.call({ path: '/run/quick.ipynb?result&x=2' })).toMatchObject({ text: '12' })
    expect((await service.get('/run/quick.ipynb?result')).text).toBe('42')
  })

  test('streams the events of a run', async () => {
    const headers = { accept: 'text/event-stream, text/html' }
    const { status, text } = await client.call({ path: '/run/quick.ipynb', headers })
    expect(status).toBe(200)
    const events = readEvents(text)
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['run_started', 'cell_output', 'run_finished', 'executed_notebook']),
    )
  })

  test('ends the run whose stream the client resets, and the connection lives on', async () => {
    const before = finishedRuns().length
    const headers = { accept: 'text/event-stream' }
    const stream = client.send({ path: '/run/endless.ipynb', headers })
    let seen = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk))
    await until('the output', () => seen.includes('cell_output') || undefined)
    stream.close(constants.NGHTTP2_CANCEL)
    const last = await until('the report', () => finishedRuns()[before])
    expect(last).toMatchObject({
      outcome: 'cancelled',
      kernelDeleted: true,
      error: {
        code: 'CANCELLED',
        message: expect.stringContaining('the client closed the connection'),
      },
    })
    expect(await server.kernels()).toEqual([])
    await until('a free slot', async () =>
      (await client.call({ path: '/run/quick.ipynb' })).status === 200 ? true : undefined,
    )
  })

  test('ends the run whose answer has not begun when the connection is lost', async () => {
    const before = finishedRuns().length
    const other = await Http2Connection.open(service.process.port)
    const stream = other.send({ path: '/run/endless.ipynb', headers: { accept: 'text/plain' } })
    stream.on('error', () => undefined)
    await until('a busy kernel', async () => {
      const states = (await server.kernels()).map(({ execution_state: state }) => state)
      return states.includes('busy') || undefined
    })
    await other[Symbol.asyncDispose]()
    expect(await until('the report', () => finishedRuns()[before])).toMatchObject({
      outcome: 'cancelled',
      kernelDeleted: true,
    })
  })

  test('refuses a body that is too large, or breaks off, and goes on', async () => {
    const headers = { 'content-type': 'text/plain' }
    const large = { method: 'POST', path: '/', headers, body: 'x'.repeat(2 ** 20 + 1) }
    expect(await client.call(large)).toMatchObject({ status: 413 })
    const broken = client.session.request({ ':method': 'POST', ':path': '/', ...headers })
    broken.on('error', () => undefined)
    broken.write('half')
    await new Promise((resolve) => client.session.ping(resolve))
    broken.close(constants.NGHTTP2_CANCEL)
    expect((await client.call({ path: '/run/quick.ipynb' })).status).toBe(200)
    expect(service.process.entries().filter(({ event }) => event === 'fault')).toEqual([])
  })

  test('checks the name of the host, and the method, as for HTTP/1.1', async () => {
    const evil = await client.call({
      path: '/notebooks',
      headers: { ':authority': 'evil.example' },
    })
    expect([evil.status, JSON.parse(evil.text)]).toMatchObject([
      421,
      { code: 'HOST_HEADER_REFUSED' },
    ])
    expect((await client.call({ method: 'HEAD', path: '/run/quick.ipynb' })).status).toBe(405)
  })
})

test('a target or a host that makes no address is refused as any other request', async () => {
  for (const head of ['GET /a HTTP/1.1\r\nHost: a b', 'GET /a\\b HTTP/1.1\r\nHost: localhost']) {
    const answer = await rawAnswer(head)
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request/)
    expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff')
    expect(answer).toContain('"code":"ARGUMENTS_INVALID"')
  }
})

/** The whole answer to a request that is written as it stands. */
async function rawAnswer(head: string): Promise<string> {
  const socket = connect(service.process.port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
  socket.write(`${head}\r\nConnection: close\r\n\r\n`)
  await once(socket, 'close')
  return answer
}
