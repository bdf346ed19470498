import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Call } from '../support/http_call.ts'
import { callHttp } from '../support/http_call.ts'
import { Http2Connection } from '../support/http2_call.ts'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { readEvents } from '../support/server_sent_events.ts'
import { until } from '../support/until.ts'

const key = 'a-key-of-this-service'
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/
const opened = new Opened()
let server: JupyterServer
let service: HttpFunction
let keyed: HttpFunction
/** Performs one run at a time. */
let single: HttpFunction

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  await server.writeNotebook('quick.ipynb', ['6 * 7'])
  await server.writeNotebook('failing.ipynb', ['1/0'])
  await server.writeNotebook('endless.ipynb', [
    'import time\nprint("go", flush=True)\nwhile True: time.sleep(0.05)',
  ])
  const env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token }
  service = opened.use(await HttpFunction.start(env))
  keyed = opened.use(await HttpFunction.start({ ...env, NBTRIGGER_HTTP_KEY: key }))
  single = opened.use(await HttpFunction.start({ ...env, NBTRIGGER_MAX_RUNS: '1' }))
})
afterAll(() => opened[Symbol.asyncDispose]())

const path = '/run/endless.ipynb'
const accept = { Accept: 'text/event-stream' }

/** A streamed run over HTTP/1.1 whose cell runs: its id, as the header says, and what it sends. */
async function endlessRun(running: HttpFunction) {
  const { response, request } = await running.open({ path, headers: accept })
  let seen = ''
  response.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk))
  await until('the output', () => seen.includes('cell_output') || undefined)
  const runId = String(response.headers['nbtrigger-run-id'])
  const ended = async () => {
    if (!response.readableEnded) await once(response, 'end')
    return readEvents(seen)
  }
  return { runId, request, ended }
}

const cancelled = {
  type: 'run_finished',
  data: {
    report: {
      outcome: 'cancelled',
      kernelDeleted: true,
      error: {
        code: 'CANCELLED',
        message: expect.stringContaining('a request cancelled the run'),
      },
    },
  },
}

describe('Nbtrigger-Run-Id', () => {
  test.each([
    { name: 'the report', path: '/run/quick.ipynb', accept: 'application/json', status: 200 },
    { name: 'the result', path: '/run/quick.ipynb?result', accept: 'text/plain', status: 200 },
    {
      name: 'the notebook',
      path: '/run/quick.ipynb',
      accept: 'application/x-ipynb+json',
      status: 200,
    },
    { name: 'a page', path: '/run/quick.ipynb', accept: 'text/html', status: 200 },
    { name: 'a failed run', path: '/run/failing.ipynb', accept: '*/*', status: 422 },
    { name: 'no acceptable type', path: '/run/quick.ipynb', accept: 'image/png', status: 406 },
    { name: 'a run that is refused', path: '/run/none.ipynb', accept: '*/*', status: 404 },
  ])('names the run with $name', async ({ path: asked, accept: type, status }) => {
    const answer = await service.get(asked, type)
    const runId = String(answer.headers['nbtrigger-run-id'])
    expect([answer.status, runId]).toEqual([status, expect.stringMatching(uuid)])
    const ofRun = ({ event, runId: id }: Readonly<Record<string, unknown>>) =>
      event === 'run_finished' && id === runId
    await service.process.waitForEntry(ofRun)
  })

  test('is in the first event of a stream, too', async () => {
    const answer = await service.get('/run/quick.ipynb', 'text/event-stream')
    const runId = answer.headers['nbtrigger-run-id']
    expect(readEvents(answer.text)[0]).toMatchObject({ type: 'run_started', data: { runId } })
  })

  test('is missing where nothing runs', async () => {
    for (const asked of ['/notebooks', '/nowhere']) {
      expect((await service.get(asked)).headers).not.toHaveProperty('nbtrigger-run-id')
    }
  })
})

describe('a run is cancelled', () => {
  test.each([
    { method: 'DELETE', suffix: '' },
    { method: 'POST', suffix: '/cancel' },
  ])('over HTTP/1.1 by $method /runs/ID$suffix, and reports it', async ({ method, suffix }) => {
    const { runId, ended } = await endlessRun(service)
    const answer = await service.call({ method, path: `/runs/${runId}${suffix}` })
    expect([answer.status, JSON.parse(answer.text)]).toEqual([202, { runId }])
    expect((await ended()).at(-1)).toMatchObject(cancelled)
    expect(await server.kernels()).toEqual([])
    const late = await service.call({ method, path: `/runs/${runId}${suffix}` })
    expect([late.status, JSON.parse(late.text)]).toMatchObject([
      404,
      {
        code: 'RUN_NOT_FOUND',
        detail: expect.stringMatching(/it may have ended, or be on another instance.*is full/),
      },
    ])
  })

  test.each([
    { method: 'DELETE', suffix: '' },
    { method: 'POST', suffix: '/cancel' },
  ])('over HTTP/2 by $method /runs/ID$suffix', async ({ method, suffix }) => {
    await using client = await Http2Connection.open(service.process.port)
    const stream = client.send({ path, headers: { accept: 'text/event-stream' } })
    const [headers]: Readonly<Record<string, unknown>>[] = await once(stream, 'response')
    const answer = text(stream)
    const runId = String(headers?.['nbtrigger-run-id'])
    await until('a kernel', async () => (await server.kernels())[0])
    const told = await client.call({ method, path: `/runs/${runId}${suffix}` })
    expect([told.status, JSON.parse(told.text)]).toEqual([202, { runId }])
    expect(readEvents(await answer).at(-1)).toMatchObject(cancelled)
    expect(await server.kernels()).toEqual([])
  })

  test('whose answer is not a stream: the answer is the report', async () => {
    const answer = service.get(path)
    const { runId } = await service.process.waitForEntry(
      ({ event, runId: id }) => event === 'run_started' && !finished().includes(id),
    )
    await service.call({ method: 'DELETE', path: `/runs/${String(runId)}` })
    const { status, text: told } = await answer
    expect([status, JSON.parse(told)]).toMatchObject([
      503,
      { code: 'CANCELLED', runId, report: { outcome: 'cancelled' } },
    ])
    expect(await server.kernels()).toEqual([])
  })
})

describe('an instance that is full', () => {
  test.each([
    { method: 'DELETE', suffix: '' },
    { method: 'POST', suffix: '/cancel' },
  ])('refuses another run, but takes $method /runs/ID$suffix', async ({ method, suffix }) => {
    const { runId, ended } = await endlessRun(single)
    const refused = await single.get('/run/quick.ipynb')
    expect([refused.status, refused.headers]).toMatchObject([
      429,
      { 'retry-after': expect.stringMatching(/^\d+$/) },
    ])
    const answer = await single.call({ method, path: `/runs/${runId}${suffix}` })
    expect([answer.status, JSON.parse(answer.text)]).toEqual([202, { runId }])
    expect((await ended()).at(-1)).toMatchObject(cancelled)
    expect((await single.get('/run/quick.ipynb')).status).toBe(200)
  })
})

function finished(): readonly unknown[] {
  const entries = service.process.entries().filter(({ event }) => event === 'run_finished')
  return entries.map(({ runId }) => runId)
}

describe('a run is not cancelled', () => {
  test.each([
    { name: 'an id of no run', id: randomUUID() },
    { name: 'a name of JavaScript', id: '__proto__' },
    { name: 'a path', id: '..%2F..' },
    { name: 'bytes that are not UTF-8', id: '%ff%00' },
    { name: 'markup', id: '%3Cscript%3E' },
    { name: 'a long text', id: 'x'.repeat(8_000) },
  ])('by $name', async ({ id }) => {
    for (const call of [
      { method: 'DELETE', path: `/runs/${id}` },
      { method: 'POST', path: `/runs/${id}/cancel` },
    ]) {
      const { status, text: told } = await service.call(call)
      expect([status, JSON.parse(told).code]).toEqual([404, 'RUN_NOT_FOUND'])
      expect(told.length).toBeLessThan(1_000)
    }
  })

  test('without the key, with another, or by a page of another site', async () => {
    const { runId, ended } = await endlessRun(keyed)
    const port = keyed.process.port
    const right = { Authorization: `Bearer ${key}` }
    const codes: unknown[] = []
    for (const headers of [
      {},
      { Authorization: 'Bearer another-key-of-this' },
      { ...right, Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { ...right, Origin: 'https://evil.example' },
      { ...right, Origin: 'null' },
    ]) {
      for (const call of cancellations(runId)) {
        const answer = await callHttp(port, { ...call, headers })
        codes.push([answer.status, JSON.parse(answer.text).code])
      }
    }
    const expected = ['KEY_REFUSED', 'KEY_REFUSED', 'ORIGIN', 'ORIGIN', 'ORIGIN'].flatMap((code) =>
      cancellations(runId).map(() => (code === 'ORIGIN' ? [403, 'ORIGIN_REFUSED'] : [401, code])),
    )
    expect(codes).toEqual(expected)
    expect(await server.kernels()).toHaveLength(1)
    expect((await keyed.call({ method: 'DELETE', path: `/runs/${runId}` })).status).toBe(202)
    expect((await ended()).at(-1)).toMatchObject(cancelled)
  })

  test('under the host name of another site (DNS rebinding)', async () => {
    const { runId, request } = await endlessRun(service)
    for (const call of cancellations(runId)) {
      const answer = await service.call({ ...call, headers: { Host: 'evil.example' } })
      expect(answer.status).toBe(421)
    }
    expect(await server.kernels()).toHaveLength(1)
    request.destroy()
    await until('no kernel', async () => (await server.kernels()).length === 0 || undefined)
  })

  test('by a wrong method, which gets the right one', async () => {
    const answers = await Promise.all([
      service.call({ method: 'PUT', path: '/runs/x' }),
      service.call({ method: 'GET', path: '/runs/x/cancel' }),
    ])
    expect(answers.map(({ status, headers }) => [status, headers['allow']])).toEqual([
      [405, 'GET, DELETE, HEAD'],
      [405, 'POST'],
    ])
  })
})

function cancellations(runId: string): readonly Call[] {
  return [
    { method: 'DELETE', path: `/runs/${runId}` },
    { method: 'POST', path: `/runs/${runId}/cancel` },
  ]
}
