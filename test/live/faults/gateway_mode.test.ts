import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { printing, telling } from '../../support/controlled_cells.ts'
import { inBackground } from '../../support/in_background.ts'
import type { CommandRun } from '../../support/command_run.ts'
import { runDoctor } from '../../support/doctor_run.ts'
import { FaultProxy } from '../../support/fault_proxy.ts'
import { GatewayPair } from '../../support/gateway_pair.ts'
import { inLanes } from '../../support/lanes.ts'
import { cellRuns, expectNoKernel, kernelIsBusy, runCells, textOf } from './cells.ts'
import { type FaultRow, having } from './fault_table.ts'
import { kernelEnds } from './kernel_ends.ts'

const sleeping = 'import time; print("begun", flush=True); time.sleep(600)'
const rows: readonly FaultRow[] = [
  {
    name: 'a notebook runs, and has its value',
    cells: ['n = 1', 'print("shown")', 'n + 41'],
    status: 0,
    expected: { outcome: 'succeeded', outputComplete: true, warnings: [] },
    seconds: 10,
  },
  {
    name: 'a cell that raises fails the run',
    cells: ['1/0', 'ran_on = 1'],
    status: 1,
    expected: { outcome: 'failed', error: { code: 'CELL_FAILED', ename: 'ZeroDivisionError' } },
    seconds: 10,
  },
  ...kernelEnds,
  {
    name: 'a cell that does not end is interrupted',
    cells: [sleeping],
    args: ['--cell-timeout', '2'],
    status: 3,
    expected: {
      outcome: 'timed_out',
      error: { code: 'CELL_TIMED_OUT', ename: 'KeyboardInterrupt' },
    },
    seconds: 15,
  },
  {
    name: 'an output of 3 MB in one message arrives',
    cells: [
      'from IPython.display import display\ndisplay({"text/plain": "x" * 3_000_000}, raw=True)',
    ],
    status: 0,
    expected: { outcome: 'succeeded', outputComplete: true },
    seconds: 20,
  },
]

let servers: GatewayPair
let runs: ReadonlyMap<FaultRow, Promise<CommandRun>>
beforeAll(async () => {
  servers = await GatewayPair.start()
  runs = inLanes(rows, 4, (row) => runCells(servers.front, row.cells, row))
})
afterAll(() => servers[Symbol.asyncDispose]())

describe('a Jupyter Server in gateway mode', () => {
  test.each(rows)('$name', async (row) => {
    const run = await runs.get(row)
    expect(run?.report).toMatchObject({ kernelDeleted: true, ...row.expected })
    expect(run?.status).toBe(row.status)
    expect(run?.seconds).toBeLessThan(20 + row.seconds)
  })

  test('no kernel is left', () => expectNoKernel(servers.back))

  test('the doctor says that kernels start on another server', async () => {
    const { front } = servers
    const { findings, status } = await runDoctor([front.host], { JUPYTER_TOKEN: front.token })
    expect(status).toBe(0)
    expect(findings['kernel']).toMatchObject({
      verdict: 'good',
      what: having('started on another server (gateway mode)'),
    })
  })

  test('a kernel that is deleted on the other server ends the run within 20 s', async () => {
    const { front, back } = servers
    const { cell, begun } = telling(front, sleeping)
    const running = inBackground(runCells(front, [cell]))
    await begun()
    const id = await kernelIsBusy(back)
    await back.request('DELETE', `/api/kernels/${id}`)
    const deletedTick = performance.now()
    const { report } = await running
    expect(performance.now() - deletedTick).toBeLessThan(20_000)
    expect(report).toMatchObject({ error: { code: 'KERNEL_GONE', cell: { index: 0 } } })
  })

  test('a connection that breaks is mended, and the warning says what is lost', async () => {
    const { front } = servers
    await using proxy = await FaultProxy.start(front.host)
    const { cell, stop } = printing(front, 30)
    const cells = [cell, '"went on"']
    const running = inBackground(runCells(front, cells, { host: proxy.host }))
    await cellRuns(front, proxy)
    expect(proxy.cut('FIN')).toBe(1)
    await proxy.channel(2)
    await stop()
    const run = await running
    expect(run.report).toMatchObject({
      outcome: 'succeeded',
      outputComplete: false,
      kernelDeleted: true,
      warnings: [having('a Jupyter Server in gateway mode drops what the kernel sends')],
    })
    expect(textOf(run)).toBe("'went on'")
  })

  test('a connection between the servers that breaks is mended by them', async () => {
    const { front, back, between } = servers
    const { cell, stop } = printing(front, 30)
    const running = inBackground(runCells(front, [cell]))
    await kernelIsBusy(back)
    const { length } = between.channels
    expect(between.cut('FIN')).toBeGreaterThan(0)
    await between.channel(length + 1)
    await stop()
    const run = await running
    expect(run.report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true })
    expect(textOf(run)).toBe("'all printed'")
  })

  test('a server that is restarted ends the run, and its kernel on the other server is deleted', async () => {
    const { back } = servers
    await using first = await servers.startFront()
    await using second = await servers.startFront()
    await using proxy = await FaultProxy.start(first.host)
    const running = inBackground(runCells(first, [sleeping], { host: proxy.host }))
    await kernelIsBusy(back)
    await pause(200)
    proxy.target = second.host
    process.kill(first.pid, 'SIGKILL')
    const { report } = await running
    expect(report).toMatchObject({ error: { code: 'KERNEL_GONE' }, kernelDeleted: true })
    await expectNoKernel(back)
  })
})
