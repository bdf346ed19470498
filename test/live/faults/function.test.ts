import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isRecord } from '../../../src/util/record.ts'
import { inBackground } from '../../support/in_background.ts'
import { deliver, type Delivered } from '../../support/deliver.ts'
import { type Fault, FaultProxy } from '../../support/fault_proxy.ts'
import { FunctionProcess, type LogEntry } from '../../support/function_process.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import { Opened } from '../../support/opened.ts'
import { until } from '../../support/until.ts'
import { expectNoKernel, kernelIsBusy } from './cells.ts'
import { having } from './fault_table.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const opened = new Opened()
let server: JupyterServer
let running: FunctionProcess

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  running = opened.use(await startFunction())
})
afterAll(() => opened[Symbol.asyncDispose]())

async function startFunction(): Promise<FunctionProcess> {
  const { host, token } = server
  return await FunctionProcess.start({
    env: { JUPYTER_SERVER: host, JUPYTER_TOKEN: token, JUPYTER_ALLOWED_HOSTS: '*' },
  })
}

describe('a platform that stops the instance', () => {
  test.each([
    { name: 'sleeps', cell: 'import time; time.sleep(600)' },
    {
      name: 'swallows interrupts',
      cell: 'while True:\n    try: import time; time.sleep(600)\n    except: pass',
    },
  ])(
    'SIGTERM while a cell $name: kernel deleted, last entry written, inside 8 s',
    async ({ cell }) => {
      await using stopped = await startFunction()
      await server.writeNotebook('endless.ipynb', [cell])
      const delivery = inBackground(stopped.deliver('/endless.ipynb'))
      await kernelIsBusy(server)
      const exit = await stopped.terminate(10_000) // it is killed then
      expect(exit).toBe(0)
      expect(await delivery).toBe(204)
      expect(reportsOf(stopped)).toMatchObject([
        { outcome: 'cancelled', error: { code: 'INSTANCE_STOPPED' }, kernelDeleted: true },
      ])
      await expectNoKernel(server)
    },
  )
})

describe('a platform that stops the instance, and a server that no longer answers', () => {
  test('the last entry is written in time, even if the report cannot be published', async () => {
    await using proxy = await FaultProxy.start(server.host)
    await using pubsub = await FaultProxy.start(server.host)
    pubsub.rule = () => 'hang'
    await using stopped = await FunctionProcess.start({
      env: {
        JUPYTER_SERVER: proxy.host,
        JUPYTER_TOKEN: server.token,
        NBTRIGGER_RESULT_TOPIC: 'projects/demo/topics/results',
        PUBSUB_EMULATOR_HOST: pubsub.host,
      },
    })
    await server.writeNotebook('endless.ipynb', ['import time; time.sleep(600)'])
    const delivery = inBackground(stopped.deliver('/endless.ipynb'))
    await kernelIsBusy(server)
    proxy.rule = () => 'hang'
    expect(await stopped.terminate(10_000)).toBe(0)
    expect(await delivery).toBe(204)
    const [report] = reportsOf(stopped)
    expect(report).toMatchObject({
      error: { code: 'INSTANCE_STOPPED' },
      kernelDeleted: false,
      warnings: [
        having('The kernel did not say that cell 0 ended'),
        having('Cannot delete the kernel'),
        having('Cannot publish the report'),
      ],
    })
    for (const { id } of await server.kernels())
      await server.request('DELETE', `/api/kernels/${id}`)
    await expectNoKernel(server)
  })
})

describe('deliveries of a message', () => {
  test('a message that arrives twice at once, and again later, runs once', async () => {
    await server.writeNotebook('count.ipynb', [
      'import time; time.sleep(1)\nopen("runs.txt", "a").write("run ")',
      'open("runs.txt").read()',
    ])
    const id = String(randomInt(1e12, 9e12))
    const twice = [running.deliver('/count.ipynb', { id }), running.deliver('/count.ipynb', { id })]
    expect(await Promise.all(twice)).toEqual([204, 204])
    expect(await running.deliver('/count.ipynb', { id })).toBe(204)
    const report = await running.waitForEntry(isReportOf(id))
    expect(report).toMatchObject({ result: { data: { 'text/plain': "'run '" } } })
    expect(running.entries().filter(isReportOf(id))).toHaveLength(1)
    const again = ({ event, messageId }: LogEntry) =>
      event === 'delivered_again' && messageId === id
    const bothTold = () => running.entries().filter(again).length === 2 || undefined
    await until('both entries', bothTold) // a line of the log may come behind the answer
  })

  test('a message that failed before its first cell runs again when redelivered', async () => {
    await using proxy = await FaultProxy.start(server.host)
    proxy.rule = () => ({ status: 503 })
    const id = String(randomInt(1e12, 9e12))
    const message = `${proxy.host} ${reference}`
    expect(await running.deliver(`${message} --start-timeout 3`, { id })).toBe(500)
    proxy.rule = () => 'pass'
    expect(await running.deliver(message, { id })).toBe(204)
    const reports = () => running.entries().filter(isReportOf(id))
    await until('both reports', () => reports().length === 2 || undefined)
    expect(reports()).toMatchObject([
      { outcome: 'error', error: { code: 'SERVER_UNREACHABLE', retryable: true } },
      { outcome: 'succeeded' },
    ])
  })

  test('a message that is too old is acknowledged and logged', async () => {
    const publishTime = new Date(Date.now() - 2 * 3_600_000).toISOString()
    const data = Buffer.from(reference).toString('base64')
    const id = String(randomInt(1e12, 9e12))
    expect(await running.deliver({ data, publishTime }, { id })).toBe(204)
    const report = await running.waitForEntry(isReportOf(id))
    expect(report).toMatchObject({ error: { code: 'MESSAGE_TOO_OLD' }, kernel: null })
  })

  test('20 runs at once have 20 right results, and their log entries are not mixed up', async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => n)
    for (const n of numbers)
      await server.writeNotebook(`${n}.ipynb`, [`print(${n})`, `1000 + ${n}`])
    const runs = numbers.map((n) => deliver(running, `/${n}.ipynb --start-timeout 200`))
    for (const [n, { answer, report }] of (await Promise.all(runs)).entries()) {
      expect(answer).toBe(204)
      expect(report).toMatchObject({
        outcome: 'succeeded',
        notebook: `/${n}.ipynb`,
        result: { data: { 'text/plain': String(1000 + n) } },
        kernelDeleted: true,
        'logging.googleapis.com/labels': { message_id: report['messageId'] },
      })
    }
    expect(running.output).not.toContain('MaxListenersExceededWarning')
    await expectNoKernel(server)
  })
})

describe('a kernel that cannot be deleted', () => {
  test.each([
    ['is answered with 500 once', 1, { status: 500 }],
    ['is cut twice', 2, 'cut'],
  ] as const)('a deletion that %s is tried again', async (_, times, fault) => {
    await using proxy = await FaultProxy.start(server.host)
    proxy.rule = (line) =>
      isDeletion(line) && proxy.requests.filter(isDeletion).length <= times ? fault : 'pass'
    const { report } = await deliver(running, `${proxy.host} ${reference}`)
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true, severity: 'INFO' })
    expect(proxy.requests.filter(isDeletion)).toHaveLength(times + 1)
    await expectNoKernel(server)
  })

  test('is named in an entry of severity ERROR', async () => {
    const faults: readonly Fault[] = [{ status: 500 }, 'hang']
    for (const { answer, report, seconds } of await Promise.all(faults.map(runUndeleted))) {
      const { kernel } = report
      const id = String(isRecord(kernel) && kernel['id'])
      expect(answer).toBe(204)
      expect(seconds).toBeLessThan(25)
      expect(report).toMatchObject({
        severity: 'ERROR',
        result: { data: { 'text/plain': '15' } },
        kernelDeleted: false,
        warnings: [having(`Cannot delete the kernel ${id}`)],
      })
      expect((await server.request('DELETE', `/api/kernels/${id}`)).status).toBe(204)
    }
    await expectNoKernel(server)
  })
})

async function runUndeleted(fault: Fault): Promise<Delivered> {
  await using proxy = await FaultProxy.start(server.host)
  proxy.rule = (line) => (isDeletion(line) ? fault : 'pass')
  return await deliver(running, `${proxy.host} ${reference}`)
}

function isDeletion(line: string): boolean {
  return line.startsWith('DELETE ')
}

function reportsOf(process: FunctionProcess): LogEntry[] {
  return process.entries().filter(({ event }) => event === 'run_finished')
}

function isReportOf(id: string): (entry: LogEntry) => boolean {
  return ({ event, messageId }) => event === 'run_finished' && messageId === id
}
