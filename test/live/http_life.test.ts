import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { FunctionProcess } from '../support/function_process.ts'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { readEvents } from '../support/server_sent_events.ts'
import { until } from '../support/until.ts'

const opened = new Opened()
let server: JupyterServer

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  await server.writeNotebook('endless.ipynb', [
    { type: 'code', source: 'name = "x"', metadata: { tags: ['parameters'] } },
    `import time
try:
    print("go", flush=True)
    while True: time.sleep(0.05)
except KeyboardInterrupt:
    open(f"{name}.txt", "w").write("interrupted")
    raise`,
  ])
  await server.writeNotebook('quick.ipynb', ['6 * 7'])
})
afterAll(() => opened[Symbol.asyncDispose]())

function start(env: Readonly<Record<string, string>> = {}): Promise<HttpFunction> {
  return HttpFunction.start({ JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token, ...env })
}

/** Begins a run that does not end, and waits until its cell runs. */
async function endlessRun(service: HttpFunction, name: string, accept = 'text/event-stream') {
  const call = { path: `/run/endless.ipynb?name=${name}`, headers: { Accept: accept } }
  const answer = await service.open(call)
  let seen = ''
  answer.response.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk))
  await until('the output', () => seen.includes('cell_output') || undefined)
  return { ...answer, seen: () => seen }
}

async function isInterrupted(name: string): Promise<string> {
  const file = join(server.root, `${name}.txt`)
  return until('the interrupt', () => readFile(file, 'utf8').catch(() => undefined))
}

describe('a client that disconnects', () => {
  test('ends its run: the cell is interrupted, the kernel deleted, the report written', async () => {
    await using service = await start()
    const { request } = await endlessRun(service, 'gone')
    expect(await server.kernels()).toHaveLength(1)
    request.destroy()
    const entry = await service.process.waitForEntry(({ event }) => event === 'run_finished')
    expect(entry).toMatchObject({
      severity: 'WARNING',
      outcome: 'cancelled',
      kernelDeleted: true,
      error: {
        code: 'CANCELLED',
        message: expect.stringContaining('the client closed the connection'),
      },
    })
    expect(await isInterrupted('gone')).toBe('interrupted')
    expect(await server.kernels()).toEqual([])
  })

  test('a queued request of the same connection is not run', async () => {
    await using service = await start({ NBTRIGGER_MAX_RUNS: '1' })
    const socket = connect(service.process.port, '127.0.0.1')
    for (const name of ['first', 'second']) {
      socket.write(`GET /run/endless.ipynb?name=${name} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    }
    await until('a busy kernel', async () => {
      const busy = (await server.kernels()).filter(({ execution_state: state }) => state === 'busy')
      return busy.length === 1 || undefined
    })
    socket.destroy()
    await service.process.waitForEntry(({ event }) => event === 'run_finished')
    expect((await service.get('/run/quick.ipynb')).status).toBe(200)
    const ended = () => service.process.entries().filter(({ event }) => event === 'run_finished')
    await until('both reports', () => ended().length === 2 || undefined)
    expect(ended()).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'succeeded' }])
    expect(await server.kernels()).toEqual([])
  })

  test('in the middle of a body causes no error in the log', async () => {
    await using service = await start({ NBTRIGGER_MAX_RUNS: '1' })
    const socket = connect(service.process.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
    await pause(200)
    socket.destroy()
    expect((await service.get('/run/quick.ipynb')).status).toBe(200)
    expect(service.process.entries().filter(({ event }) => event === 'fault')).toEqual([])
  })
})

describe('NBTRIGGER_MAX_RUNS', () => {
  test('limits the runs at a time, and refuses more with 429', async () => {
    await using service = await start({ NBTRIGGER_MAX_RUNS: '2' })
    const runs = await Promise.all(['a', 'b'].map((name) => endlessRun(service, name)))
    const busy = await service.get('/run/quick.ipynb')
    expect([busy.status, busy.headers['retry-after'], JSON.parse(busy.text)]).toMatchObject([
      429,
      '5',
      { code: 'BUSY', detail: expect.stringContaining('2 runs go on already') },
    ])
    expect((await service.get('/notebooks')).status).toBe(200)
    runs[0]?.request.destroy()
    await service.process.waitForEntry(({ event }) => event === 'run_finished')
    expect((await service.get('/run/quick.ipynb')).status).toBe(200)
    runs[1]?.request.destroy()
    await until('no kernel', async () => ((await server.kernels()).length === 0 ? true : undefined))
  })
})

describe('SIGTERM', () => {
  test('ends the runs, and the responses say why', async () => {
    await using service = await start()
    const streamed = await endlessRun(service, 'streamed')
    const waiting = service.get('/run/endless.ipynb?name=waiting')
    await until('two kernels', async () => {
      const busy = (await server.kernels()).filter(({ execution_state: state }) => state === 'busy')
      return busy.length === 2 || undefined
    })
    expect(await service.process.terminate()).toBe(0)
    const answer = await waiting
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      503,
      { code: 'INSTANCE_STOPPED', report: { outcome: 'cancelled', kernelDeleted: true } },
    ])
    const events = readEvents(streamed.seen())
    expect(events.at(-1)).toMatchObject({
      type: 'run_finished',
      data: { report: { error: { code: 'INSTANCE_STOPPED' } } },
    })
    expect(await server.kernels()).toEqual([])
  })
})

describe('an invalid environment', () => {
  test.each([
    {
      name: 'a key that is too short',
      env: { NBTRIGGER_HTTP_KEY: 'too-short' },
      reason: 'fewer than 16 characters',
    },
    {
      name: 'a host that is none',
      env: { NBTRIGGER_HTTP_HOSTS: 'http://a' },
      reason: 'NBTRIGGER_HTTP_HOSTS',
    },
    {
      name: 'a number of runs that is none',
      env: { NBTRIGGER_MAX_RUNS: 'many' },
      reason: 'NBTRIGGER_MAX_RUNS',
    },
  ])('prevents the start of the instance: $name', async ({ env, reason }) => {
    const started = FunctionProcess.start({ env, target: 'nbtrigger-http' })
    const message = await started.then(() => 'it started', String)
    expect(message).toContain('"severity":"CRITICAL"')
    expect(message).toContain(reason)
    expect(message).not.toContain('too-short')
  })

  test('is reported when a request needs it: the token', async () => {
    await using wrong = await start({ JUPYTER_TOKEN: 'of-another-server' })
    expect(JSON.parse((await wrong.get('/run/quick.ipynb')).text)).toMatchObject({
      status: 502,
      code: 'TOKEN_REFUSED',
    })
    await using without = await start({ JUPYTER_TOKEN: '' })
    for (const path of ['/run/quick.ipynb', '/notebooks', '/parameters/quick.ipynb']) {
      expect(JSON.parse((await without.get(path)).text)).toMatchObject({
        status: 500,
        code: 'TOKEN_MISSING',
      })
    }
  })
})

describe('a web page whose host name leads to this machine (DNS rebinding)', () => {
  const headers = { Host: 'evil.example:8080', Origin: 'http://evil.example:8080' }

  test('is refused on every route, with advice', async () => {
    await using service = await start({ NBTRIGGER_HTTP_PAGE: '1' })
    for (const path of ['/run/quick.ipynb', '/', '/page/main.js', '/notebooks', '/nowhere']) {
      const { status, text: told } = await service.call({ path, headers })
      expect([status, JSON.parse(told)]).toMatchObject([
        421,
        { code: 'HOST_HEADER_REFUSED', detail: expect.stringContaining('NBTRIGGER_HTTP_HOSTS') },
      ])
    }
    expect(service.process.entries()).toEqual([]) // nothing ran
  })

  test('is not served without the key, with which any host is served', async () => {
    await using keyed = await start({ NBTRIGGER_HTTP_KEY: 'a-key-of-this-service' })
    expect((await keyed.call({ path: '/run/quick.ipynb', headers })).status).toBe(200)
    const stranger = { Host: headers.Host, Authorization: 'Bearer another-key-of-this' }
    expect((await keyed.call({ path: '/run/quick.ipynb', headers: stranger })).status).toBe(401)
    await using named = await start({ NBTRIGGER_HTTP_HOSTS: 'evil.example' })
    expect((await named.call({ path: '/run/quick.ipynb', headers })).status).toBe(200)
  })
})

test('HTTP/1.0 requests, and two requests on one connection, are answered', async () => {
  await using service = await start()
  const socket = connect(service.process.port, '127.0.0.1')
  socket.write('GET /run/quick.ipynb?result HTTP/1.1\r\nHost: localhost\r\n\r\n')
  socket.write('GET /nowhere HTTP/1.0\r\n\r\n')
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1.1 200 OK[^]*\r\n\r\n42HTTP\/1.1 404 Not Found/)
})

test('sixteen requests on one connection are answered in order, and more close it', async () => {
  await using service = await start()
  const ask = async (count: number) => {
    const socket = connect(service.process.port, '127.0.0.1')
    const paths = Array.from({ length: count }, (_, place) => `/place-${place}`)
    const close = (place: number) => (place === count - 1 ? 'Connection: close\r\n' : '')
    const requests = paths.map(
      (path, place) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${close(place)}\r\n`,
    )
    socket.write(requests.join(''))
    const answer = await text(socket).catch(() => '')
    return [...answer.matchAll(/Cannot find \\"\/place-(\d+)/g)].map(([, place]) => Number(place))
  }
  expect(await ask(16)).toEqual(Array.from({ length: 16 }, (_, place) => place))
  expect((await ask(100)).length).toBeLessThan(100)
})
