import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { inBackground } from '../support/in_background.ts'
import { runDoctor } from '../support/doctor_run.ts'
import { FaultProxy } from '../support/fault_proxy.ts'
import { FunctionProcess } from '../support/function_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { until } from '../support/until.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const opened = new Opened()
let server: JupyterServer
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token }
  await server.writeNotebook('endless.ipynb', [
    'import time\nprint("go", flush=True)\nwhile True: time.sleep(0.1)',
  ])
})
afterAll(() => opened[Symbol.asyncDispose]())

/** Kills a function in the middle of a cell: the id that its log tells of the kernel. */
async function killInCell(): Promise<unknown> {
  const running = opened.use(await FunctionProcess.start({ env }))
  const delivery = inBackground(running.deliver('/endless.ipynb --verbose').catch(() => 'lost'))
  const { kernel } = await running.waitForEntry(({ event }) => event === 'kernel_started')
  await running.waitForEntry(({ message }) => message === 'go')
  process.kill(running.pid, 'SIGKILL')
  await delivery
  return Object(kernel).id
}

describe('a function that is killed during its run', () => {
  test('leaves its kernel, which the log and the doctor name, and does not affect later runs', async () => {
    const id = await killInCell()
    const orphan = await until('an orphan', async () =>
      (await server.kernels()).find(({ connections }) => connections === 0),
    )
    expect(orphan).toMatchObject({ id, execution_state: 'busy' })

    const soon = await runDoctor([server.host], env)
    expect(soon.findings['orphans']?.verdict).toBe('good') // its run may be about to reconnect

    // The same kernel two hours later.
    await using proxy = await FaultProxy.start(server.host)
    const then = new Date(Date.now() - 2 * 3_600_000).toISOString()
    const body = JSON.stringify([{ ...orphan, last_activity: then }])
    const headers = 'Content-Type: application/json\r\n'
    proxy.rule = (line) => (line === 'GET /api/kernels' ? { status: 200, headers, body } : 'pass')
    const later = await runDoctor([proxy.host], env)
    expect(later.findings['orphans']).toEqual({
      verdict: 'warning',
      what: `no client is connected to 1 of 1: ${String(id)} ("python3", busy, last used 120 min ago)`,
      advice: expect.stringContaining('delete those that are not needed'),
    })
    expect(later.status).toBe(0)

    await using next = await FunctionProcess.start({ env })
    expect(await next.deliver(reference)).toBe(204)
    const report = await next.waitForEntry(({ event }) => event === 'run_finished')
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true })
    expect((await server.kernels()).map((kernel) => kernel.id)).toEqual([id])
    await server.request('DELETE', `/api/kernels/${String(id)}`)
  })

  test('is not found if the server does not list its kernels', async () => {
    await using proxy = await FaultProxy.start(server.host)
    proxy.rule = (line) => (line === 'GET /api/kernels' ? { status: 403 } : 'pass')
    const { findings, status } = await runDoctor([proxy.host], env)
    expect([findings['orphans']?.verdict, status]).toEqual(['skipped', 0])
  })
})
