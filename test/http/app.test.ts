import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createServer, type Socket } from 'node:net'
import { isRecord } from '../../src/util/record.ts'
import { FaultProxy } from '../support/fault_proxy.ts'
import type { Call, CallAnswer } from '../support/http_call.ts'
import { HttpFunction } from '../support/http_function.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { freePort, portOf } from '../support/port.ts'
import { readEvents } from '../support/server_sent_events.ts'
import { validateNotebook } from '../support/validate_notebook.ts'

const token = 'q7/Zr+9w=K&m~4x.T%h2'
const key = 'k3y/of+the=http&function'
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
/** As pandas 2 writes it, which is not installed here. */
const frame = `<div><style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>city</th><th>n</th></tr></thead>
<tbody><tr><th>0</th><td>Lisbon, PT</td><td>1</td></tr></tbody></table></div>`
const opened = new Opened()
const answers: CallAnswer[] = []
let server: JupyterServer
let proxy: FaultProxy
let service: HttpFunction
let deadHost: string

beforeAll(async () => {
  server = opened.use(await JupyterServer.start({ token }))
  proxy = opened.use(await FaultProxy.start(server.host))
  deadHost = `127.0.0.1:${await freePort()}`
  service = opened.use(
    await HttpFunction.start({
      JUPYTER_SERVER: server.host,
      JUPYTER_TOKEN: token,
      JUPYTER_ALLOWED_HOSTS: `${deadHost},${proxy.host}`,
      NBTRIGGER_HTTP_KEY: key,
      GOOGLE_CLOUD_PROJECT: 'demo',
    }),
  )
  await server.writeNotebook('typed.ipynb', [
    { type: 'code', source: 'x = 1  # how many', metadata: { tags: ['parameters'] } },
    'print(repr(x))',
  ])
  await server.writeNotebook('plot.ipynb', [
    'print("drawn")',
    `from IPython.display import display\ndisplay({'image/png': '${png}', 'text/plain': '<plot>'}, raw=True)`,
  ])
  await server.writeNotebook('table.ipynb', [
    `class Table:
    def _repr_mimebundle_(self, **_):
        return {'text/csv': 'a,b\\n1,é\\n', 'application/json': {'a': [1, None]}, 'text/html': '<table>'}
Table()`,
  ])
  await server.writeNotebook('failing.ipynb', ['print("before")', '1/0', '2'])
  await server.writeNotebook('silent.ipynb', ['x = 5'])
})
afterAll(() => opened[Symbol.asyncDispose]())

afterEach(() => {
  const shown = [service.process.output, ...answers.splice(0).map(textOf)]
  for (const secret of [token, key]) {
    for (const spelling of [secret, encodeURIComponent(secret), base64(secret)]) {
      for (const text of shown) expect(text).not.toContain(spelling)
    }
  }
})

function textOf({ headers, text }: CallAnswer): string {
  return `${JSON.stringify(headers)}\n${text}`
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

async function call(asked: Call): Promise<CallAnswer> {
  const answer = await service.call(asked)
  answers.push(answer)
  expect(answer.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-security-policy': expect.any(String),
  })
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual(
    [],
  )
  return answer
}

function get(path: string, accept = '*/*'): Promise<CallAnswer> {
  return call({ path, headers: { Accept: accept } })
}

function post(path: string, body: string, type = 'text/plain'): Promise<CallAnswer> {
  return call({ method: 'POST', path, headers: { 'Content-Type': type }, body })
}

function jsonOf({ text }: CallAnswer): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text)
  if (isRecord(value)) return value
  throw new Error(`Cannot find an object in ${text}`)
}

async function expectProblem(answer: Promise<CallAnswer>, status: number, code: string, part = '') {
  const told = await answer
  expect([told.status, told.headers['content-type'], jsonOf(told)]).toMatchObject([
    status,
    'application/problem+json; charset=utf-8',
    { status, code, type: `urn:nbtrigger:${code}`, detail: expect.stringContaining(part) },
  ])
  return told
}

describe('POST /', () => {
  test('runs what words ask for, and logs it as the function for Pub/Sub does', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const answer = await call({
      method: 'POST',
      path: '/',
      headers: { 'Content-Type': 'text/plain', traceparent: `00-${trace}-b7ad6b7169203331-01` },
      body: `${server.host} /workspaces/JupyterAPI_Test.ipynb`,
    })
    const report = jsonOf(answer)
    expect([answer.status, report]).toMatchObject([
      200,
      { outcome: 'succeeded', kernelDeleted: true, result: { data: { 'text/plain': '15' } } },
    ])
    expect(report).not.toHaveProperty('messageId')
    const ofRun = (entry: Readonly<Record<string, unknown>>) =>
      Object(entry['logging.googleapis.com/labels']).run_id === report['runId']
    await service.process.waitForEntry((entry) => ofRun(entry) && entry['event'] === 'run_finished')
    const entries = service.process.entries().filter(ofRun)
    expect(entries.map(({ event }) => event)).toEqual([
      'run_started',
      'kernel_started',
      'result',
      'run_finished',
    ])
    expect(entries.map((entry) => entry['logging.googleapis.com/trace'])).toEqual(
      Array.from({ length: 4 }, () => `projects/demo/traces/${trace}`),
    )
    expect(entries.at(-1)).toMatchObject({ severity: 'INFO', ...report })
    expect(await server.kernels()).toEqual([])
  })

  test('runs what JSON asks for, each value of its own type', async () => {
    const value = '[1, 1.0, 12345678901234567890123, "1", true, null, {"a": -0.5}]'
    const body = `{"server": "${server.host}", "notebook": "typed.ipynb", "cellTimeout": 30.5, "parameters": {"x": ${value}}}`
    const answer = await post('/?result', body, 'application/json')
    expect([answer.status, answer.text]).toEqual([
      200,
      "[1, 1.0, 12345678901234567890123, '1', True, None, {'a': -0.5}]\n",
    ])
  })

  test.each<readonly [string, string, number, string, string]>([
    ['words that are none', '127.0.0.1 /x.ipynb --parrot', 400, 'ARGUMENTS_INVALID', '"--parrot"'],
    ['a host that is not allowed', 'evil.test /x.ipynb', 403, 'HOST_NOT_ALLOWED', 'evil.test'],
    ['a file', '/typed.ipynb -o file:/tmp/x.ipynb', 400, 'ARGUMENTS_INVALID', 'command alone'],
    ['the key', '/typed.ipynb --secret a NBTRIGGER_HTTP_KEY', 400, 'ARGUMENTS_INVALID', 'alone'],
    ['a kernel that is not there', '/typed.ipynb -k zebra', 502, 'KERNEL_NOT_FOUND', 'zebra'],
  ])('refuses %s', async (_, body, status, code, part) => {
    const told = jsonOf(await expectProblem(post('/', body), status, code, part))
    expect(told).toMatchObject({ report: { outcome: 'error', runId: told['runId'] } })
  })

  test.each([
    ['a field that is not there', '{"notebok": "/x.ipynb"}', 'did you mean "notebook"?'],
    ['JSON that is none', '{"notebook": ', 'as JSON'],
    ['a list', '["/x.ipynb"]', 'it is no object'],
  ])('refuses %s', async (_, body, part) => {
    await expectProblem(post('/', body, 'application/json'), 400, 'ARGUMENTS_INVALID', part)
  })

  test('refuses no body, a body that is not UTF-8, and bodies of other types', async () => {
    await expectProblem(call({ method: 'POST', path: '/' }), 400, 'ARGUMENTS_INVALID', 'no body')
    const bytes = { method: 'POST', path: '/', body: Buffer.from([0xff]) }
    await expectProblem(call(bytes), 400, 'ARGUMENTS_INVALID', 'not UTF-8')
    for (const type of ['application/x-www-form-urlencoded', 'text/plain; charset=latin1']) {
      await expectProblem(post('/', 'x', type), 415, 'BODY_TYPE_UNKNOWN')
    }
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
    const packed = call({ method: 'POST', path: '/', headers, body: 'x' })
    await expectProblem(packed, 415, 'BODY_TYPE_UNKNOWN', 'compressed')
  })

  test('takes the body of a type that says nothing for what it is', async () => {
    const type = 'application/octet-stream' // Cloud Scheduler and Cloud Tasks send it by default
    const accept = { Accept: 'text/plain' }
    const sent = (path: string, body: string) =>
      call({ method: 'POST', path, body, headers: { ...accept, 'Content-Type': type } })
    const got = [
      await sent('/', '/typed.ipynb -p x 5'),
      await sent('/', ' {"notebook": "typed.ipynb", "parameters": {"x": 5}}'),
      await sent('/run/typed.ipynb', '{"parameters": {"x": 5}}'),
      await call({ method: 'POST', path: '/', body: '/typed.ipynb -p x 5', headers: accept }),
    ]
    expect(got.map(({ status, text }) => [status, text])).toEqual(
      Array.from(got, () => [200, '5\n']),
    )
  })

  test.each([
    ['/run/typed.ipynb?x=M%FCller', '"x" in the query: it is not UTF-8 text: byte 4 of 8 (0xFC'],
    ['/run/typed.ipynb?M%FCller=x', '"M%FCller" in the query'],
    ['/run/typed.ipynb?x=%C3', 'byte 3 of 3 (0xC3'],
    ['/notebooks?folder=/M%FCller', '"folder" in the query'],
  ])('refuses what is not UTF-8 in %s', async (path, part) => {
    await expectProblem(call({ method: 'GET', path }), 400, 'ARGUMENTS_INVALID', part)
  })

  test('reads a query in UTF-8, U+FFFD itself and a lonely % too', async () => {
    const answer = await call({
      method: 'GET',
      path: '/run/typed.ipynb?x=M%C3%BCller+%EF%BF%BD+100%',
      headers: { Accept: 'text/plain' },
    })
    expect(answer).toMatchObject({ status: 200, text: "'Müller \ufffd 100%'\n" })
  })

  test('refuses bodies that are too large, whether they say so or not', async () => {
    const body = 'x'.repeat(2 ** 20 + 1)
    await expectProblem(post('/', body), 413, 'BODY_TOO_LARGE')
    const headers = { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked' }
    const chunked = call({ method: 'POST', path: '/', headers, body })
    await expectProblem(chunked, 413, 'BODY_TOO_LARGE')
  })
})

describe('/run/PATH.ipynb', () => {
  test('takes parameters from the query, typed as --parameter types them', async () => {
    const asked = ['1', '1.0', '"1"', 'True', 'a%20b+c', '%C3%A9']
    const shown = ['1', '1.0', `'"1"'`, 'True', "'a b c'", "'é'"]
    const told = await Promise.all(
      asked.map((value) => get(`/run/typed.ipynb?x=${value}`, 'text/plain')),
    )
    expect(told.map(({ text }) => text.trim())).toEqual(shown)
  })

  test('takes them from JSON, too, and options beside them', async () => {
    const answer = await post(
      '/run/typed.ipynb',
      '{"parameters": {"x": 2.0}, "timeout": 60}',
      'application/json',
    )
    expect(jsonOf(answer)).toMatchObject({
      outcome: 'succeeded',
      result: { data: { 'text/plain': '2.0\n' } },
    })
  })

  test('finds a notebook whose path needs encoding', async () => {
    await server.writeNotebook('my reports/été 100%.ipynb', ['6 * 7'])
    const answer = await get('/run/my%20reports/%C3%A9t%C3%A9%20100%25.ipynb?result')
    expect([answer.status, answer.text]).toEqual([200, '42'])
  })

  test.each([
    ['/run/a/../../secret.ipynb', 400, 'ARGUMENTS_INVALID'],
    ['/run/%2e%2e/secret.ipynb', 400, 'ARGUMENTS_INVALID'],
    ['/run/a%00.ipynb', 400, 'ARGUMENTS_INVALID'],
    ['/run/%zz.ipynb', 400, 'ARGUMENTS_INVALID'],
    ['/run/typed.ipynb?x=1&x=2', 400, 'ARGUMENTS_INVALID'],
    ['/run/nowhere.ipynb', 404, 'NOTEBOOK_NOT_FOUND'],
    ['/run/workspaces', 422, 'NOTEBOOK_INVALID'],
  ])('refuses %s', async (path, status, code) => {
    await expectProblem(get(path), status, code)
  })

  test('says that a cell failed, with the report', async () => {
    const told = await expectProblem(
      get('/run/failing.ipynb'),
      422,
      'CELL_FAILED',
      'ZeroDivisionError',
    )
    expect(jsonOf(told)).toMatchObject({
      report: { error: { ename: 'ZeroDivisionError' }, cells: { failed: 1 } },
    })
  })

  test('says that the time was up', async () => {
    await server.writeNotebook('slow.ipynb', ['import time; time.sleep(60)'])
    const answer = post('/run/slow.ipynb', '{"cellTimeout": 0.5}', 'application/json')
    await expectProblem(answer, 504, 'CELL_TIMED_OUT')
    expect(await server.kernels()).toEqual([])
  })

  test('says that the server cannot be reached, or is another one', async () => {
    const dead = post('/', `${deadHost} /x.ipynb --start-timeout 0.5`)
    await expectProblem(dead, 503, 'SERVER_UNREACHABLE')
    proxy.rule = () => ({ status: 200, body: '<h1>a page of its own</h1>' })
    const told = await expectProblem(post('/', `${proxy.host} /x.ipynb`), 502, 'SERVER_NOT_JUPYTER')
    expect(told.text).not.toContain('a page of its own')
  })
})

describe('Accept', () => {
  test('text/html gives the page, which may not touch this origin', async () => {
    const answer = await get('/run/plot.ipynb', 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8')
    expect([answer.status, answer.headers['content-type']]).toEqual([
      200,
      'text/html; charset=utf-8',
    ])
    expect(answer.text).toContain(`data:image/png;base64,${png.slice(0, 40)}`)
    expect(answer.text).toContain('drawn')
    expect(answer.headers['content-security-policy']).toMatch(
      /^sandbox allow-scripts allow-popups allow-downloads allow-modals;/,
    )
  })

  test('text/html and the notebook show a run that failed, as far as it came', async () => {
    const page = await get('/run/failing.ipynb', 'text/html')
    expect([page.status, page.headers['content-type']]).toEqual([422, 'text/html; charset=utf-8'])
    expect(page.text).toContain('ZeroDivisionError')
    const notebook = await get('/run/failing.ipynb', 'application/x-ipynb+json')
    expect([notebook.status, notebook.headers['content-type']]).toEqual([
      422,
      'application/x-ipynb+json',
    ])
    expect(notebook.text).toContain('before')
  })

  test('application/x-ipynb+json gives a notebook that is valid', async () => {
    const answer = await get('/run/plot.ipynb', 'application/x-ipynb+json')
    expect(answer.status).toBe(200)
    await validateNotebook(jsonOf(answer))
    expect(answer.text).toContain(png)
  })

  test('image/png gives an image', async () => {
    const answer = await get('/run/plot.ipynb', 'image/*')
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/png'])
    expect(answer.bytes).toEqual(Buffer.from(png, 'base64'))
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length))
  })

  test.each([
    ['/run/table.ipynb', 'text/csv', 'text/csv; charset=utf-8', 'a,b\n1,é\n'],
    [
      '/run/table.ipynb?result',
      'application/json',
      'application/json; charset=utf-8',
      '{"a":[1,null]}',
    ],
    ['/run/table.ipynb?result', 'text/html', 'text/html; charset=utf-8', '<table>'],
  ])('%s as %s gives the result alone', async (path, accept, type, text) => {
    const answer = await get(path, accept)
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, type, text])
  })

  test('is CSV of a data frame, which pandas shows as a table', async () => {
    await server.writeNotebook('frame.ipynb', [
      `from IPython.display import HTML\nHTML('''${frame}''')`,
    ])
    const answer = await get('/run/frame.ipynb', 'text/csv')
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      200,
      'text/csv; charset=utf-8',
      ',city,n\r\n0,"Lisbon, PT",1\r\n',
    ])
    const plain = get('/run/frame.ipynb', 'image/png')
    await expectProblem(plain, 406, 'NOT_ACCEPTABLE', 'text/html, text/csv; for the run itself')
  })

  test('says which types there are when it names none of them', async () => {
    const table = get('/run/table.ipynb', 'image/png')
    await expectProblem(table, 406, 'NOT_ACCEPTABLE', 'only text/csv, application/json, text/html')
    await expectProblem(get('/run/silent.ipynb', 'image/png'), 406, 'NOT_ACCEPTABLE', 'no result')
    await expectProblem(get('/run/silent.ipynb?result'), 406, 'NOT_ACCEPTABLE', 'no result')
  })

  test('tells every digit also where the answer is a problem', async () => {
    await server.writeNotebook('large.ipynb', [
      "from IPython.display import display\ndisplay({'application/json': 2**80}, raw=True)",
    ])
    const told = await expectProblem(
      get('/run/large.ipynb', 'image/png'),
      406,
      'NOT_ACCEPTABLE',
      'only application/json',
    )
    expect(told.text).toContain(`"data":{"application/json":${2n ** 80n}}`)
  })
})

describe('text/event-stream', () => {
  test('gives the events as they happen, then the report and the page', async () => {
    const answer = await get('/run/plot.ipynb', 'text/event-stream, text/html')
    expect([answer.status, answer.headers['content-type']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ])
    const events = readEvents(answer.text)
    const cell = 'cell_started cell_output cell_finished'
    expect(events.map(({ type }) => type).join(' ')).toBe(
      `run_started kernel_starting kernel_created kernel_started ${cell} ${cell} run_finished executed_notebook`,
    )
    const [report, page] = events.slice(-2).map(({ data }) => Object(data))
    expect(report.report).toMatchObject({ outcome: 'succeeded' })
    expect(report).not.toHaveProperty('notebook')
    expect(page.html).toContain(`data:image/png;base64,`)
  })

  test('tells in the report that a cell failed, and gives the page up to there', async () => {
    const answer = await get('/run/failing.ipynb', 'text/event-stream, text/html')
    const [report, page] = readEvents(answer.text).slice(-2)
    expect(report).toMatchObject({ type: 'run_finished', data: { report: { outcome: 'failed' } } })
    expect(page).toMatchObject({ data: { html: expect.stringContaining('ZeroDivisionError') } })
  })

  test('is not begun again for a browser that comes back when it has ended', async () => {
    const first = await get('/run/silent.ipynb', 'text/event-stream')
    const [, id = ''] = /^id: (.*)$/m.exec(first.text) ?? []
    const headers = { Accept: 'text/event-stream', 'Last-Event-ID': id }
    const { status, text } = await call({ path: '/run/silent.ipynb', headers })
    expect([id, status, text]).toEqual(['begun', 204, ''])
  })

  test('is not begun for a run that is refused', async () => {
    const refused = get('/run/x.ipynb?a=1&a=2', 'text/event-stream')
    await expectProblem(refused, 400, 'ARGUMENTS_INVALID')
  })
})

describe('secrets', () => {
  test('are masked in every form of answer', async () => {
    await server.writeNotebook('reveals.ipynb', [
      { type: 'code', source: 'x = ""', metadata: { tags: ['parameters'] } },
      `import os, base64
t = os.environ["JUPYTER_TOKEN"]
print(t, x, base64.b64encode(t.encode()).decode(), "shown", len(t), len(x))`,
    ])
    const forms = 'application/json text/html application/x-ipynb+json text/plain text/event-stream'
    const body = JSON.stringify({ parameters: { x: key }, verbose: true })
    const asked = forms.split(' ').map(async (accept) => {
      const headers = { Accept: accept, 'Content-Type': 'application/json' }
      const { text } = await call({ method: 'POST', path: '/run/reveals.ipynb', headers, body })
      expect(text).toContain(`[redacted] shown ${token.length} ${key.length}`)
    })
    await Promise.all(asked)
  })
})

describe('a secret that is printed in two pieces', () => {
  test('is whole to nobody who follows the run', async () => {
    await server.writeNotebook('pieces.ipynb', [
      `import os, sys, time
t = os.environ["JUPYTER_TOKEN"]
for part in ("at first " + t[:9], t[9:] + " at last"):
    print(part, end="", flush=True)
    time.sleep(0.3)`,
    ])
    const { text } = await get('/run/pieces.ipynb', 'text/event-stream')
    const outputs = readEvents(text).filter(({ type }) => type === 'cell_output')
    const printed = outputs.map(({ data }) => Object(data).output.text)
    expect(printed).toEqual(['at first ', '[redacted] at last'])
  })
})

describe('GET /notebooks', () => {
  test('lists folders before notebooks, both by name', async () => {
    for (const name of ['b 10.ipynb', 'b 9.ipynb', 'z/deep.ipynb', 'y/deep.ipynb']) {
      await server.writeNotebook(`folder/${name}`, [])
    }
    await server.writeNotebook('folder/data.csv', [])
    expect(jsonOf(await get('/notebooks?folder=/folder'))).toEqual({
      folder: '/folder',
      entries: [
        { name: 'y', path: '/folder/y', type: 'directory' },
        { name: 'z', path: '/folder/z', type: 'directory' },
        { name: 'b 9.ipynb', path: '/folder/b 9.ipynb', type: 'notebook' },
        { name: 'b 10.ipynb', path: '/folder/b 10.ipynb', type: 'notebook' },
      ],
      isCut: false,
    })
    expect(jsonOf(await get('/notebooks'))).toMatchObject({ folder: '/' })
  })

  test('lists 1000 at most, and says that there are more', async () => {
    const names = Array.from({ length: 1001 }, (_, place) => `many/${1000 + place}.ipynb`)
    await Promise.all(names.map((name) => server.writeNotebook(name, [])))
    const { entries, isCut } = jsonOf(await get('/notebooks?folder=many'))
    expect([Object(entries).length, isCut]).toEqual([1000, true])
    expect(Object(entries)[999]).toMatchObject({ path: '/many/1999.ipynb' })
  })

  test('refuses folders that are none', async () => {
    await expectProblem(
      get('/notebooks?folder=/nowhere'),
      404,
      'NOTEBOOK_NOT_FOUND',
      'no such folder',
    )
    await expectProblem(get('/notebooks?folder=/typed.ipynb'), 404, 'NOTEBOOK_NOT_FOUND')
    await expectProblem(get('/notebooks?folder=/a/../b'), 400, 'ARGUMENTS_INVALID')
  })
})

describe('GET /parameters/PATH.ipynb', () => {
  test('lists what a notebook takes, and starts no kernel', async () => {
    expect(jsonOf(await get('/parameters/typed.ipynb'))).toEqual({
      notebook: '/typed.ipynb',
      parameters: [{ name: 'x', type: null, default: '1', help: 'how many' }],
      markdown: [],
      language: 'python',
    })
    expect(jsonOf(await get('/parameters/plot.ipynb'))).toMatchObject({ parameters: null })
    await expectProblem(get('/parameters/nowhere.ipynb'), 404, 'NOTEBOOK_NOT_FOUND')
    await expectProblem(get('/parameters/workspaces'), 422, 'NOTEBOOK_INVALID')
  })
})

describe('GET /parameters with a server that does not answer', () => {
  test('does not wait as long as a run does', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const environment = { JUPYTER_SERVER: `127.0.0.1:${portOf(silent)}`, JUPYTER_TOKEN: token }
    await using impatient = await HttpFunction.start(environment)
    const { status, text } = await impatient.get('/parameters/typed.ipynb')
    for (const socket of sockets) socket.destroy()
    silent.close()
    expect([status, JSON.parse(text)]).toMatchObject([
      503,
      { code: 'SERVER_UNREACHABLE', detail: expect.stringContaining('for 20 s') },
    ])
  })
})

describe('what is not asked for well', () => {
  test.each(['/', '/run', '/run/', '/favicon.ico', '/openapi.json/', '/RUN/x.ipynb'])(
    'finds nothing at %s',
    async (path) => {
      await expectProblem(get(path), 404, 'ROUTE_NOT_FOUND')
    },
  )

  test.each([
    ['PUT', '/run/x.ipynb', 'GET, POST'],
    ['DELETE', '/', 'GET, POST, HEAD'],
    ['OPTIONS', '/run/x.ipynb', 'GET, POST'],
    ['HEAD', '/run/x.ipynb', 'GET, POST'],
    ['POST', '/parameters/x.ipynb', 'GET, HEAD'],
  ])('%s %s is refused with what is allowed', async (method, path, allowed) => {
    const { status, headers } = await call({ method, path })
    expect([status, headers['allow']]).toEqual([405, allowed])
  })

  test('is answered as a page where a browser asks', async () => {
    const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'
    const { status, headers, text } = await get('/nowhere<b>', accept)
    expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(text).toContain('Cannot find &quot;/nowhere&lt;b&gt;&quot;')
    expect(text).toContain('404 · ROUTE_NOT_FOUND')
  })

  test('is refused before a run when no type would do', async () => {
    const before = kernelsStarted()
    for (const accept of ['nonsense', '*/*;q=0']) {
      const answer = get('/run/typed.ipynb', accept)
      await expectProblem(answer, 406, 'NOT_ACCEPTABLE', 'or for the run itself application/json')
    }
    expect(kernelsStarted()).toBe(before)
  })

  test.each(['/notebooks', '/parameters/typed.ipynb', '/openapi.json'])(
    'is the same for HEAD as for GET, without the body: %s',
    async (path) => {
      const [whole, head] = [await get(path), await call({ method: 'HEAD', path })]
      expect([head.status, head.bytes.length]).toEqual([200, 0])
      for (const name of ['content-type', 'content-length']) {
        expect(head.headers[name]).toBe(whole.headers[name])
      }
    },
  )

  test.each(['', 'Bearer wrong', `Basic ${base64(key)}`])(
    'is refused without the key: %j',
    async (header) => {
      const headers = { Authorization: header, 'Content-Type': 'application/json' }
      for (const path of ['/run/typed.ipynb', '/nowhere', '/openapi.json']) {
        const answer = call({ path, headers })
        const { headers: told } = await expectProblem(answer, 401, 'KEY_REFUSED')
        expect(told['www-authenticate']).toBe('Bearer')
      }
      const body = `{ no JSON ${'x'.repeat(2 ** 20)}`
      const large = call({ method: 'POST', path: '/', headers, body })
      await expectProblem(large, 401, 'KEY_REFUSED')
    },
  )

  test('is not shown where it holds a secret', async () => {
    const answer = get(`/nowhere/${encodeURIComponent(token)}`)
    await expectProblem(answer, 404, 'ROUTE_NOT_FOUND', '"/nowhere/[redacted]"')
  })

  test('is refused when a page of another site asks', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    await expectProblem(call({ path: '/run/typed.ipynb', headers }), 403, 'ORIGIN_REFUSED')
  })
})

function kernelsStarted(): number {
  return server.output.match(/Kernel started/g)?.length ?? 0
}
