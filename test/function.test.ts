import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { loadsTracebacks } from './support/controlled_cells.ts'
import { FunctionProcess, labelsOf, type LogEntry } from './support/function_process.ts'
import { JupyterServer } from './support/jupyter_server.ts'
import { Opened } from './support/opened.ts'
import { freePort } from './support/port.ts'
import { until } from './support/until.ts'
import { deliveryOf, type DeliveryShape, type PubsubMessage } from './support/pubsub_delivery.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const token = 'q7/Zr+9w=K&m~4x.T%h2'
const opened = new Opened()
let server: JupyterServer
let running: FunctionProcess
let deadHost: string
let lastId = 0

beforeAll(async () => {
  server = opened.use(await JupyterServer.start({ token }))
  deadHost = `127.0.0.1:${await freePort()}`
  const hosts = { JUPYTER_SERVER: server.host, JUPYTER_ALLOWED_HOSTS: deadHost }
  // An empty variable names no project: that of the message does.
  const env = { ...hosts, JUPYTER_TOKEN: token, GOOGLE_CLOUD_PROJECT: '' }
  running = opened.use(await FunctionProcess.start({ env }))
})
afterAll(() => opened[Symbol.asyncDispose]())
afterEach(() => checkLog(running))

/** The log as Google reads it: entries with a severity, none too large, one report for a message. */
function checkLog(subject: FunctionProcess): void {
  const { stdout, output } = subject
  for (const spelling of [token, encodeURIComponent(token), base64(token)]) {
    expect(output).not.toContain(spelling)
  }
  for (const line of stdout.split('\n').slice(0, -1)) {
    expect(JSON.parse(line)).toMatchObject({ severity: expect.any(String) })
    expect(Buffer.byteLength(line)).toBeLessThan(256 * 1024)
  }
  const reports = subject.entries().filter(({ event }) => event === 'run_finished')
  const ids = reports.map(({ messageId }) => messageId)
  expect(ids).toEqual([...new Set(ids)])
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function nextId(): string {
  lastId += 1
  return `message-${lastId}`
}

function entriesOf(id: string): LogEntry[] {
  return running.entries().filter((entry) => labelsOf(entry)['message_id'] === id)
}

/** Delivers a message: the status of the answer, and the one report that the log has of it. */
async function deliver(message: string | PubsubMessage, shape: DeliveryShape = 'binary') {
  const id = nextId()
  const status = await running.deliver(message, { id, shape })
  return { id, status, report: await reportOf(id) }
}

/** The answer may be here before the log is. */
function reportOf(id: string): Promise<LogEntry> {
  return running.waitForEntry(
    ({ event, messageId }) => event === 'run_finished' && messageId === id,
  )
}

describe('a message that runs a notebook', () => {
  test.each([
    'binary',
    'structured',
    'structured with base64',
    'push',
    'unwrapped push',
    'background',
  ] as const)('ends in a log entry with the result 15, however it comes: %s', async (shape) => {
    const { id, status, report } = await deliver(`${server.host} ${reference}`, shape)
    expect(status).toBe(204)
    expect(report).toMatchObject({
      severity: 'INFO',
      message: expect.stringMatching(/^\/workspaces\/JupyterAPI_Test\.ipynb succeeded in .*: 15$/),
      outcome: 'succeeded',
      messageId: id,
      kernelDeleted: true,
      cells: { total: 3, executed: 3, skipped: 0, failed: 0 },
      result: { data: { 'text/plain': '15' }, metadata: {}, execution_count: 3 },
    })
    expect(labelsOf(report)).toEqual({
      message_id: id,
      run_id: report['runId'],
      notebook: reference,
      execution_id: expect.any(String),
    })
    expect(await server.kernels()).toEqual([])
  })

  test.each([
    undefined,
    'text/plain',
    'application/octet-stream',
    'application/x-www-form-urlencoded',
  ])('is read without its wrapper and its metadata, as %s', async (type) => {
    await server.writeNotebook('says.ipynb', ['v'])
    const headers = type === undefined ? {} : { 'content-type': type }
    const said = `é ${String(type)}`
    const body = `/says.ipynb -r v "${said}"`
    expect(await running.post({ path: '/', headers, body })).toBe(204)
    const isReport = ({ event, result }: LogEntry) =>
      event === 'run_finished' && JSON.stringify(result).includes(said)
    expect(await running.waitForEntry(isReport)).toMatchObject({ outcome: 'succeeded' })
  })

  test('starts no next notebook without its wrapper', async () => {
    const report = { event: 'run_finished', outcome: 'succeeded', notebook: '/first.ipynb' }
    const env = { JUPYTER_TOKEN: token, JUPYTER_SERVER: server.host, NBTRIGGER_NEXT: reference }
    await using next = await FunctionProcess.start({ env })
    expect(await next.deliver(JSON.stringify(report), { shape: 'unwrapped push' })).toBe(204)
    const nothing = await next.waitForEntry(({ event }) => event === 'nothing_next')
    expect(nothing).toMatchObject({ message: expect.stringContaining('without its wrapper') })
  })

  test('takes the host from JUPYTER_SERVER, and arguments over several lines', async () => {
    await server.writeNotebook('my reports/daily.ipynb', ['6 * 7'])
    const { status, report } = await deliver('"my reports/daily.ipynb"\n\t--cell-timeout\n 20\n')
    expect(status).toBe(204)
    expect(report).toMatchObject({ result: { data: { 'text/plain': '42' } } })
  })

  test('logs its trace', async () => {
    const id = nextId()
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` }
    expect(await running.deliver(`${server.host} ${reference}`, { id, headers })).toBe(204)
    await reportOf(id)
    const name = `projects/demo/traces/${trace}`
    expect(entriesOf(id).map((entry) => entry['logging.googleapis.com/trace'])).toEqual([
      name,
      name,
      name,
      name,
    ])
  })

  test('logs its cells only with --verbose', async () => {
    await server.writeNotebook('prints.ipynb', ['print("a line")', '1 + 1'])
    const quiet = await deliver(`${server.host} /prints.ipynb`)
    const events = (id: string) => entriesOf(id).map(({ event }) => event)
    expect(events(quiet.id)).toEqual(['run_started', 'kernel_started', 'result', 'run_finished'])
    const verbose = await deliver(`${server.host} /prints.ipynb --verbose`)
    expect(events(verbose.id)).toEqual([
      'run_started',
      'kernel_starting',
      'kernel_created',
      'kernel_started',
      'cell_started',
      'cell_output',
      'cell_finished',
      'cell_started',
      'cell_output',
      'cell_finished',
      'result',
      'run_finished',
    ])
    expect(entriesOf(verbose.id)).toContainEqual(
      expect.objectContaining({ severity: 'INFO', message: 'a line', kind: 'stdout' }),
    )
  })

  test('runs in parallel with others, each with its own result and labels', async () => {
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8]
    const runs = numbers.map(async (number) => {
      await server.writeNotebook(`n${number}.ipynb`, [`value = ${number}`, 'value * 100'])
      return deliver(`${server.host} /n${number}.ipynb --verbose`)
    })
    for (const [index, { id, status, report }] of (await Promise.all(runs)).entries()) {
      const notebook = `/n${index + 1}.ipynb`
      const result = { data: { 'text/plain': String((index + 1) * 100) } }
      expect([status, report]).toMatchObject([204, { notebook, messageId: id, result }])
      const labels = { message_id: id, notebook, run_id: report['runId'] }
      for (const entry of entriesOf(id)) expect(labelsOf(entry)).toMatchObject(labels)
    }
    expect(await server.kernels()).toEqual([])
  })
})

describe('the last entry of a run', () => {
  const always = [
    'cells durationMs event finishedAt kernel kernelDeleted messageId notebook outcome outputComplete',
    'outputs result runId server startedAt warnings',
    'message severity logging.googleapis.com/labels',
  ]
    .join(' ')
    .split(' ')

  test('has the same fields for every outcome', async () => {
    await server.writeNotebook('failing.ipynb', ['1/0'])
    const good = await deliver(`${server.host} /workspaces/JupyterAPI_Test.ipynb`)
    expect(Object.keys(good.report).toSorted()).toEqual(always.toSorted())
    const failed = await deliver(`${server.host} /failing.ipynb`)
    const next = ['logs', 'runAgain']
    const more = ['error', '@type', 'context', 'serviceContext', 'stack_trace', ...next]
    expect(Object.keys(failed.report).toSorted()).toEqual([...always, ...more].toSorted())
    expect(Object.keys(Object(failed.report['error'])).toSorted()).toEqual(
      'cell code ename evalue message retryable traceback'.split(' '),
    )
    expect(failed.report).toMatchObject({
      serviceContext: { service: 'nbtrigger' },
      context: { reportLocation: { filePath: '/failing.ipynb', functionName: 'cell 0 (1/0)' } },
    })
  })
})

describe('a message that would fail again', () => {
  test('is acknowledged when a cell fails', async () => {
    await server.writeNotebook('failing.ipynb', ['1', '1/0', '2'])
    const { status, report } = await deliver(`${server.host} /failing.ipynb`)
    expect(status).toBe(204)
    expect(report).toMatchObject({
      severity: 'ERROR',
      message: expect.stringMatching(/failed in .*: cell 1 .* raised ZeroDivisionError: division/),
      '@type': expect.stringContaining('ReportedErrorEvent'),
      stack_trace: expect.stringContaining('----> 1 1/0'),
      outcome: 'failed',
      kernelDeleted: true,
      cells: { total: 3, executed: 2, skipped: 1, failed: 1 },
      error: { code: 'CELL_FAILED', cell: { index: 1 }, retryable: false },
    })
  })

  const rows: readonly (readonly [string, string | PubsubMessage, string, string])[] = [
    ['an unknown flag', '127.0.0.1:8888 /x.ipynb --parrot', 'ARGUMENTS_INVALID', '"--parrot"'],
    ['a quote without its end', '127.0.0.1:8888 "/x.ipynb', 'ARGUMENTS_INVALID', 'quot'],
    ['a flag of the command', '127.0.0.1:8888 /x.ipynb --json', 'ARGUMENTS_INVALID', '"--json"'],
    ['no text', { attributes: { only: 'these' } }, 'ARGUMENTS_INVALID', 'it has no text'],
    ['bytes that are no text', { data: '/w==' }, 'ARGUMENTS_INVALID', 'not UTF-8'],
    ['data that is no base64', { data: 'a b' }, 'ARGUMENTS_INVALID', 'not base64'],
    ['a host that is not allowed', 'evil.test:8888 /x.ipynb', 'HOST_NOT_ALLOWED', 'evil.test:8888'],
  ]
  test.each(rows)('is acknowledged when it has %s', async (_, message, code, part) => {
    const { status, report } = await deliver(message)
    expect(status).toBe(204)
    expect(report).toMatchObject({
      severity: 'ERROR',
      outcome: 'error',
      server: null,
      kernel: null,
      error: { code, message: expect.stringContaining(part), retryable: false },
    })
  })

  test('is acknowledged when its data is of another type', async () => {
    const id = nextId()
    const delivery = deliveryOf({ data: '' }, id, 'binary')
    const body = delivery.body.replace('"data":""', '"data":{"text":15}')
    expect(await running.post({ ...delivery, body })).toBe(204)
    expect(await reportOf(id)).toMatchObject({ error: { code: 'ARGUMENTS_INVALID' } })
  })

  test.each(['binary', 'background'] as const)(
    'is acknowledged and not run when it is two hours old: %s',
    async (shape) => {
      const publishTime = new Date(Date.now() - 2 * 3600_000).toISOString()
      const data = base64(`${server.host} ${reference}`)
      const { id, status, report } = await deliver({ data, publishTime }, shape)
      expect([status, report]).toMatchObject([204, { error: { code: 'MESSAGE_TOO_OLD' } }])
      expect(entriesOf(id)).toHaveLength(1)
    },
  )
})

describe('a message that is redelivered', () => {
  test('is requested when the server cannot be reached', async () => {
    const { status, report } = await deliver(`${deadHost} ${reference} --start-timeout 1`)
    expect(status).toBe(500)
    expect(report).toMatchObject({ error: { code: 'SERVER_UNREACHABLE', retryable: true } })
  })

  test('runs once when it arrives twice at once and again later', async () => {
    const id = nextId()
    const again = () => running.deliver(`${server.host} ${reference}`, { id })
    expect(await Promise.all([again(), again()])).toEqual([204, 204])
    expect(await again()).toBe(204)
    expect(await reportOf(id)).toMatchObject({ outcome: 'succeeded' })
    const isRepeated = (entry: LogEntry) =>
      entry['event'] === 'delivered_again' && entry['messageId'] === id
    const repeated = () => running.entries().filter(isRepeated).length
    await until('both repetitions', () => repeated() === 2 || undefined)
  })
})

describe('a notebook', () => {
  test('cannot forge an entry, or create one that is too large', async () => {
    const forged = '{"severity": "EMERGENCY", "event": "run_finished", "message": "forged"}'
    await server.writeNotebook('hostile.ipynb', [
      `print('${forged}\\n' * 3)`,
      `print('\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 back\\rover')`,
      `print(15); print('true'); print('null')`,
      `print('x' * 300_000)`,
      `import sys; print('\\u00e9"' * 100_000, file=sys.stderr)`,
      `'y' * 1_000_000`,
    ])
    const { id, status, report } = await deliver(`${server.host} /hostile.ipynb --verbose`)
    expect(status).toBe(204)
    expect(report).toMatchObject({ outcome: 'succeeded', truncated: ['result.data["text/plain"]'] })
    expect(running.entries().map(({ severity }) => severity)).not.toContain('EMERGENCY')
    expect(running.output).not.toContain('\\u001b')
    const printed = entriesOf(id).filter(({ event }) => event === 'cell_output')
    const text = printed.map(({ message }) => message).join('')
    expect(text).toContain(forged)
    expect(text).toContain('15\ntrue\nnull')
    expect(text.match(/x{1000}/g)).toHaveLength(300)
  })

  test('cannot show the token', async () => {
    const reveal = 'import os, base64; t = os.environ["JUPYTER_TOKEN"]; print(os.environ, t)'
    const encode = 'print(base64.b64encode(t.encode()).decode()); print("shown", len(t))'
    await server.writeNotebook('reveals.ipynb', [reveal, encode, 'raise ValueError(t)'])
    const { id, report } = await deliver(`${server.host} /reveals.ipynb --verbose`)
    expect(report).toMatchObject({ error: { evalue: '[redacted]' } })
    const shown = entriesOf(id).filter(({ message }) => /shown 20/.test(String(message)))
    expect(shown).not.toEqual([])
  })
})

describe('SIGTERM', () => {
  test('ends the run, its kernel and the process, and writes the report', async () => {
    const env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: token }
    await using stopping = await FunctionProcess.start({ env })
    const endless = 'import time\nprint("go", flush=True)\nwhile True: time.sleep(0.05)'
    await server.writeNotebook('endless.ipynb', [loadsTracebacks, endless])
    const answer = stopping.deliver('/endless.ipynb --verbose').catch(() => 'none')
    await stopping.waitForEntry(({ message }) => String(message).startsWith('go'))
    expect(await stopping.terminate()).toBe(0) // it is killed after 10 s
    const reports = stopping.entries().filter(({ event }) => event === 'run_finished')
    expect(reports).toMatchObject([
      {
        severity: 'WARNING',
        outcome: 'cancelled',
        kernelDeleted: true,
        error: { code: 'INSTANCE_STOPPED', retryable: false, ename: 'KeyboardInterrupt' },
      },
    ])
    expect(await answer).toBe(204)
    expect(await server.kernels()).toEqual([])
    checkLog(stopping)
  })
})
