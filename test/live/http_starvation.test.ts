import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { peakMegabytes } from '../support/processes.ts'
import { getRequest, sendUnread } from '../support/unread.ts'
import { until } from '../support/until.ts'

const megabyte = 1_000_000
const largeParameters = 12 * megabyte
const opened = new Opened()
let server: JupyterServer

beforeAll(async () => {
  const args = ['--ZMQChannelsWebsocketConnection.limit_rate=False']
  server = opened.use(await JupyterServer.start({ args }))
  const large = `from IPython.display import display
display({'text/plain': 'x' * ${12 * megabyte}}, raw=True)`
  await server.writeNotebook('large.ipynb', [large, large])
  await server.writeNotebook('long.ipynb', [
    { type: 'code', source: 'x = 1', metadata: { tags: ['parameters'] } },
    `${'# a line of a cell that says nothing\n'.repeat(0.9 * megabyte)}1`,
  ])
  await server.writeNotebook('quick.ipynb', ['6 * 7'])
  await server.writeNotebook('parameters.ipynb', [
    {
      type: 'code',
      source: `x = "${'x'.repeat(largeParameters)}"`,
      metadata: { tags: ['parameters'] },
    },
  ])
})
afterAll(() => opened[Symbol.asyncDispose]())

function start(env: Readonly<Record<string, string>>): Promise<HttpFunction> {
  return HttpFunction.start({ JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token, ...env })
}

/** Connections of which nothing is read. */
class Unread implements Disposable {
  readonly sockets: Socket[] = []
  readonly #port: number

  constructor({ process }: HttpFunction) {
    this.#port = process.port
  }

  async send(count: number, request: string): Promise<void> {
    const sent = Array.from({ length: count }, () => sendUnread(this.#port, request))
    this.sockets.push(...(await Promise.all(sent)))
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.destroy()
  }
}

const halfBody = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf'

describe('a few connections', () => {
  test("with bodies that never arrive take no run's slot, and are answered in time", async () => {
    await using service = await start({ NBTRIGGER_MAX_RUNS: '1' })
    using unread = new Unread(service)
    const startedTick = performance.now()
    await unread.send(10, halfBody)
    expect((await service.get('/run/quick.ipynb?result')).text).toBe('42')
    const answers = await Promise.all(unread.sockets.map((socket) => text(socket)))
    const seconds = (performance.now() - startedTick) / 1000
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[^]*Connection: close/i)
      expect(answer).toContain('"code":"BODY_TOO_SLOW"')
    }
    expect(seconds).toBeGreaterThan(9)
    expect(seconds).toBeLessThan(30)
  })

  test('hold a slot until the response is sent or they disconnect', async () => {
    await using service = await start({ NBTRIGGER_MAX_RUNS: '1' })
    using unread = new Unread(service)
    await unread.send(1, getRequest('/run/large.ipynb', 'application/json'))
    await service.process.waitForEntry(({ event }) => event === 'run_finished', 60_000)
    expect((await service.get('/run/quick.ipynb')).status).toBe(429)
    unread.sockets[0]?.destroy()
    const isFree = async () =>
      (await service.get('/run/quick.ipynb')).status === 200 ? true : undefined
    expect(await until('the slot to be free', isFree)).toBe(true)
  })

  test('do not exhaust the memory of an instance', async () => {
    // The heap that Node takes of an instance of 1 GiB.
    const memory = { NODE_OPTIONS: '--max-old-space-size=512' }
    await using service = await start({ NBTRIGGER_MAX_RUNS: '6', ...memory })
    using unread = new Unread(service)
    await unread.send(10, halfBody)
    await unread.send(2, getRequest('/run/large.ipynb', 'text/event-stream, text/html'))
    await unread.send(2, getRequest('/run/large.ipynb', 'text/html'))
    await unread.send(2, getRequest('/run/large.ipynb', 'application/x-ipynb+json'))
    await unread.send(20, getRequest('/parameters/long.ipynb', 'application/json'))
    const reports = () => service.process.entries().filter(({ event }) => event === 'run_finished')
    await until('the runs', () => reports().length === 6 || undefined, 90_000)
    expect(reports().map(({ outcome }) => outcome)).toEqual(Array(6).fill('succeeded'))
    expect((await service.get('/notebooks')).status).toBe(200)
    expect(peakMegabytes(service.process.pid)).toBeLessThan(1024)
  })

  test('hold little memory for repeated requests whose responses are not read', async () => {
    // Less than the requests and their answers would take, were all of them there at once.
    const memory = { NODE_OPTIONS: '--max-old-space-size=64' }
    await using service = await start({ NBTRIGGER_HTTP_PAGE: '1', ...memory })
    using unread = new Unread(service)
    for (const path of [
      '/openapi.json',
      '/nowhere',
      '/page/main.js',
      '/',
      '/parameters/x',
      '/page/x',
    ]) {
      await unread.send(4, getRequest(path, '*/*').repeat(1_000))
      expect((await service.get('/openapi.json')).status).toBe(200)
    }
    for (const socket of unread.sockets) socket.resume()
    const ended = () => unread.sockets.every((socket) => socket.closed) || undefined
    expect(await until('the end of the connections', ended, 60_000)).toBe(true)
    expect(peakMegabytes(service.process.pid)).toBeLessThan(250)
  })

  test('hold a limited number of unread responses without a run', async () => {
    const memory = { NODE_OPTIONS: '--max-old-space-size=256' } // the answers are bytes beside it
    await using service = await start(memory)
    using unread = new Unread(service)
    await unread.send(26, getRequest('/parameters/parameters.ipynb', 'application/json'))
    // It waits for its turn behind them, and then for room.
    const last = await service.get('/parameters/parameters.ipynb')
    expect([200, 429]).toContain(last.status)
    expect((await service.get('/openapi.json')).status).toBe(200)
    expect(peakMegabytes(service.process.pid)).toBeLessThan(700)
  })
})
