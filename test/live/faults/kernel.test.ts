import { describe, expect, test } from '@jest/globals'
import { begun } from '../../support/begun.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import { expectNoKernel, kernelIsBusy, runCells } from './cells.ts'
import { having, testFaults, type FaultRow } from './fault_table.ts'

const lastWords = 'print("last words", flush=True)\nimport os, signal, sys, time\ntime.sleep(0.5)\n'
const diedInCell0 = {
  outcome: 'error',
  error: {
    code: 'KERNEL_DIED',
    message: having('cell 0 was running, which had printed last: "last words"'),
    retryable: false,
    cell: { index: 0 },
  },
  cells: { total: 2, executed: 1, skipped: 1, failed: 1 },
}
const endedEarly = {
  outcome: 'succeeded',
  cells: { total: 2, executed: 1, skipped: 1, failed: 0 },
}

const rows: readonly FaultRow[] = [
  {
    name: 'a kernel that is killed ends the run, naming the cell and its last words',
    cells: [`${lastWords}os.kill(os.getpid(), signal.SIGKILL)`, 'ran_on = 1'],
    status: 3,
    expected: diedInCell0,
    seconds: 15,
  },
  {
    name: 'a kernel that exits by itself ends the run in the same way',
    cells: [`${lastWords}os._exit(0)`, 'ran_on = 1'],
    status: 3,
    expected: diedInCell0,
    seconds: 15,
  },
  {
    name: 'exit() ends the notebook early and well',
    cells: ['exit()', '1'],
    status: 0,
    expected: endedEarly,
    seconds: 10,
  },
  {
    name: 'sys.exit(0) ends the notebook early and well',
    cells: ['import sys; sys.exit(0)', '1'],
    status: 0,
    expected: endedEarly,
    seconds: 10,
  },
  {
    name: 'sys.exit(3) is a failure',
    cells: ['import sys; sys.exit(3)', '1'],
    status: 1,
    expected: {
      outcome: 'failed',
      error: { code: 'CELL_FAILED', ename: 'SystemExit', evalue: '3', retryable: false },
      cells: { total: 2, executed: 1, skipped: 1, failed: 1 },
    },
    seconds: 10,
  },
  {
    name: 'input() fails at once, and says why',
    cells: ['input("Your name? ")', '1'],
    status: 1,
    expected: {
      outcome: 'failed',
      error: { code: 'CELL_FAILED', message: having('nobody to ask for input') },
    },
    seconds: 10,
  },
]

testFaults('a kernel that ends', rows)
testFaults('a kernel that ends, below Jupyter Server 1', rows, { kind: 'debian' })

describe('a kernel that someone else ends', () => {
  test('a kernel that is deleted during the run ends it within 20 s', async () => {
    await using server = await JupyterServer.start()
    const running = begun(runCells(server, ['import time; time.sleep(60)']))
    const id = await kernelIsBusy(server)
    await server.request('DELETE', `/api/kernels/${id}`)
    const deletedTick = performance.now()
    const { report, status } = await running
    expect(performance.now() - deletedTick).toBeLessThan(20_000)
    expect(status).toBe(3)
    expect(report).toMatchObject({
      outcome: 'error',
      error: { code: 'KERNEL_GONE', cell: { index: 0 }, retryable: false },
      kernelDeleted: true,
    })
    await expectNoKernel(server)
  })

  test('a kernel that is culled during the run ends it long before the cell ends', async () => {
    const cull = [
      'cull_idle_timeout=10',
      'cull_interval=1',
      'cull_busy=True',
      'cull_connected=True',
    ]
    const args = cull.map((option) => `--MappingKernelManager.${option}`)
    await using server = await JupyterServer.start({ args })
    const { report, seconds } = await runCells(server, ['import time; time.sleep(90)'])
    expect(seconds).toBeLessThan(10 + 40)
    expect(report.error).toMatchObject({ code: 'KERNEL_GONE' })
    await expectNoKernel(server)
  })
})
