import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { telling } from './support/controlled_cells.ts'
import { startOf } from './support/dockerfile.ts'
import { FunctionProcess, labelsOf, type LogEntry } from './support/function_process.ts'
import { startJobFunction } from './support/job_function.ts'
import { JobProcess } from './support/job_process.ts'
import { JupyterContainer } from './support/jupyter_container.ts'
import { JupyterServer } from './support/jupyter_server.ts'
import { Opened } from './support/opened.ts'
import { referenceNotebook, repositoryRoot } from './support/repository.ts'
import type { RunApi } from './support/run_api.ts'
import { StorageServer } from './support/storage_server.ts'
import { until } from './support/until.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const page = 'https://console.cloud.google.com/run/jobs/executions/details/us-central1'
const opened = new Opened()
let server: JupyterServer
let storage: StorageServer
let api: RunApi
let running: FunctionProcess
let functionEnv: Readonly<Record<string, string>>
let jobEnv: Readonly<Record<string, string>>

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  storage = opened.use(await StorageServer.start('runs'))
  const env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token }
  jobEnv = { ...env, STORAGE_EMULATOR_HOST: storage.url, NBTRIGGER_CLAIMS: 'gs://runs/claims' }
  const own = { ...env, NBTRIGGER_JOB_NOTEBOOKS: '/long.ipynb, /other.ipynb' }
  const started = await startJobFunction(opened, { env: own, jobEnv })
  api = started.api
  running = started.running
  functionEnv = started.env
  await server.writeNotebook('long.ipynb', ['"long"'])
})
afterAll(() => opened[Symbol.asyncDispose]())

/** Runs a task of the job to its end. */
async function runTask(task: Parameters<typeof JobProcess.start>[0]) {
  await using process = await JobProcess.start({ ...task, env: { ...jobEnv, ...task.env } })
  const status = await process.end()
  return { status, entries: process.entries(), output: process.output }
}

function reportIn(entries: readonly LogEntry[]): LogEntry | undefined {
  return entries.find(({ event }) => event === 'run_finished')
}

describe('a message for the job', () => {
  test('is handed over, acknowledged, and run by an execution of the job', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const args = `${server.host} ${reference} --job --verbose`
    const delivery = { id: 'm-1', headers: { traceparent } }
    expect(await running.deliver(args, delivery)).toBe(204)
    const execution = api.executions.at(-1)
    expect(running.entries().filter(({ messageId }) => messageId === 'm-1')).toEqual([
      {
        severity: 'INFO',
        event: 'run_handed_over',
        message: `${reference} is run by the job, in its execution ${execution?.execution}: ${page}/${execution?.execution}?project=demo`,
        notebook: reference,
        execution: execution?.execution,
        link: `${page}/${execution?.execution}?project=demo`,
        messageId: 'm-1',
        'logging.googleapis.com/labels': { execution_id: expect.any(String) },
      },
    ])
    expect(await execution?.end()).toBe(0)
    const report = reportIn(execution?.entries() ?? [])
    expect(report).toMatchObject({
      severity: 'INFO',
      outcome: 'succeeded',
      messageId: 'm-1',
      server: `${server.url}/`,
      result: { data: { 'text/plain': '15' } },
    })
    expect(labelsOf(report ?? {})).toMatchObject({ message_id: 'm-1', notebook: reference })
    expect(execution?.entries().map(({ event }) => event)).toContain('cell_started')
    expect(execution?.output).not.toContain(server.token)
  })

  test.each([
    { name: 'a longer time limit', args: `${reference} --timeout 600`, isHandedOver: true },
    {
      name: 'a time limit that the function has',
      args: `${reference} --timeout 510`,
      isHandedOver: false,
    },
    { name: 'a notebook of NBTRIGGER_JOB_NOTEBOOKS', args: 'long.ipynb', isHandedOver: true },
    { name: 'another notebook', args: reference, isHandedOver: false },
  ])('is one with $name: $isHandedOver', async ({ name, args, isHandedOver }) => {
    const before = api.executions.length
    expect(await running.deliver(args, { id: name })).toBe(204)
    const started = api.executions.slice(before)
    expect(started).toHaveLength(isHandedOver ? 1 : 0)
    for (const execution of started) expect(await execution.end()).toBe(0)
    const ran = running.entries().filter(({ messageId }) => messageId === name)
    expect(reportIn(ran)?.['outcome']).toBe(isHandedOver ? undefined : 'succeeded')
  })

  test('passes its arguments on as one argument, which no shell reads', async () => {
    await server.writeNotebook('said.ipynb', ['said'])
    const said = `$(touch /tmp/x); it's "a" \\ 'b'\n && c`
    const quoted = `'${said.replaceAll("'", `'\\''`)}'`
    expect(await running.deliver(`/said.ipynb --job -r said ${quoted}`)).toBe(204)
    expect(api.requests.at(-1)).toMatchObject({
      overrides: { containerOverrides: [{ name: 'nbtrigger', args: [expect.any(String)] }] },
    })
    const execution = api.executions.at(-1)
    expect(await execution?.end()).toBe(0)
    expect(reportIn(execution?.entries() ?? [])).toMatchObject({ parameters: { said } })
  })

  test.each([
    { name: 'is refused', status: 403, code: 'JOB_REFUSED', answer: 204 },
    { name: 'finds no job', status: 404, code: 'JOB_REFUSED', answer: 204 },
    { name: 'fails for a moment', status: 503, code: 'JOB_UNREACHABLE', answer: 500 },
  ])('is reported when the call $name', async ({ status, code, answer }) => {
    api.failure = status
    expect(await running.deliver(`${reference} --job`, { id: `failed ${status}` })).toBe(answer)
    api.failure = null
    const isReport = ({ event, messageId }: LogEntry) =>
      event === 'run_finished' && messageId === `failed ${status}`
    const report = await running.waitForEntry(isReport)
    expect(report).toMatchObject({ notebook: reference, error: { code } })
    const { message } = report
    const isMissing = status !== 503
    expect(String(message).includes('deploy/deploy.sh job')).toBe(isMissing)
  })

  test('says how to make a job where there is none', async () => {
    const { NBTRIGGER_JOB: _, ...env } = functionEnv
    await using without = await FunctionProcess.start({ env })
    expect(await without.deliver(`${reference} --job`)).toBe(204)
    expect(await without.waitForEntry(({ event }) => event === 'run_finished')).toMatchObject({
      error: { code: 'JOB_REFUSED', message: expect.stringContaining('"deploy/deploy.sh job') },
    })
  })
})

describe('a task of the job', () => {
  test.each([
    { name: 'another host', args: 'other.test:8888 /a.ipynb', code: 'HOST_NOT_ALLOWED' },
    { name: 'a file of parameters', args: `${reference} -f /etc/hostname` },
    { name: 'a file as destination', args: `${reference} -o file:/tmp/out.ipynb` },
    { name: 'several arguments', args: reference, more: ['--verbose'] },
  ])('refuses what the function refuses: $name', async ({ args, more = [], code }) => {
    const { status, entries } = await runTask({ args: [args, ...more] })
    expect(status).toBe(2)
    expect(reportIn(entries)).toMatchObject({
      severity: 'ERROR',
      error: { code: code ?? 'ARGUMENTS_INVALID' },
    })
  })

  test('ends with the status of a failed notebook, and is named in Error Reporting', async () => {
    await server.writeNotebook('fails.ipynb', ['1 / 0'])
    const { status, entries } = await runTask({ args: ['/fails.ipynb'] })
    expect(status).toBe(1)
    expect(reportIn(entries)).toMatchObject({
      severity: 'ERROR',
      serviceContext: { service: 'nbtrigger-job' },
      error: { code: 'CELL_FAILED' },
    })
  })

  test('ends its run in time when Cloud Run stops it', async () => {
    const { cell, begun } = telling(server, 'import time; time.sleep(100)')
    await server.writeNotebook('sleeps.ipynb', [cell])
    await using task = await JobProcess.start({ args: ['/sleeps.ipynb --verbose'], env: jobEnv })
    await begun()
    expect(await task.terminate()).toBe(3)
    expect(reportIn(task.entries())).toMatchObject({
      outcome: 'cancelled',
      error: { code: 'INSTANCE_STOPPED' },
      kernelDeleted: true,
    })
  })
})

describe('a message that was delivered twice', () => {
  test('runs once, also when two tasks start at once', async () => {
    await server.writeNotebook('twice.ipynb', ['open("twice.txt", "a").write("x")'])
    const env = { NBTRIGGER_MESSAGE_ID: 'twice-1' }
    const both = await Promise.all(
      ['a', 'b'].map((execution) => runTask({ args: ['/twice.ipynb'], env, execution })),
    )
    expect(both.map(({ status }) => status)).toEqual([0, 0])
    const events = both.map(({ entries }) => String(entries.at(-1)?.['event']))
    expect(events.toSorted()).toEqual(['delivered_again', 'run_finished'])
    expect(await readFile(join(server.root, 'twice.txt'), 'utf8')).toBe('x')
    const winner = events.indexOf('run_finished') === 0 ? 'a/0' : 'b/0'
    const stored = storage.objects.get('runs/claims/twice-1')
    expect(JSON.parse(String(stored?.bytes))).toMatchObject({ task: winner })
    const loser = both.find(({ entries }) => reportIn(entries) === undefined)
    expect(loser?.entries).toMatchObject([{ message: expect.stringContaining(winner) }])
  })

  test('is not run when it cannot be claimed', async () => {
    const env = { NBTRIGGER_MESSAGE_ID: '1', NBTRIGGER_CLAIMS: 'gs://other/claims' }
    const { status, entries } = await runTask({ args: ['/long.ipynb'], env })
    expect(status).toBe(3)
    expect(reportIn(entries)).toMatchObject({
      notebook: '/long.ipynb',
      error: { code: 'CLAIM_FAILED', message: expect.stringContaining('no bucket "other"') },
    })
  })
})

describe('a task with Jupyter beside it', () => {
  test('runs the notebook there, and ends it', async () => {
    const program = (await startOf(join(repositoryRoot, 'deploy/jupyter/Dockerfile'))).slice(2)
    await using sidecar = await JupyterContainer.start(program)
    await sidecar.listens()
    await copyFile(referenceNotebook, join(sidecar.root, 'report.ipynb'))
    const env = { JUPYTER_SERVER: sidecar.host, JUPYTER_TOKEN: sidecar.token }
    const task = { args: ['/report.ipynb'], env: { ...env, NBTRIGGER_SIDECAR: '1' } }
    const { status, entries } = await runTask(task)
    expect(status).toBe(0)
    expect(reportIn(entries)).toMatchObject({ result: { data: { 'text/plain': '15' } } })
    expect(await until('the end of Jupyter', () => sidecar.child.status)).toBe(0)
  })
})
