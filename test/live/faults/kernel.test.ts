import { describe, expect, test } from '@jest/globals'
import { telling } from '../../support/controlled_cells.ts'
import { inBackground } from '../../support/in_background.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import { expectNoKernel, kernelIsBusy, runCells } from './cells.ts'
import { testFaults } from './fault_table.ts'
import { kernelEnds } from './kernel_ends.ts'

testFaults('a kernel that ends', kernelEnds)
testFaults('a kernel that ends, below Jupyter Server 1', kernelEnds, { kind: 'debian' })

describe('a kernel that someone else ends', () => {
  test('a kernel that is deleted during the run ends it within 20 s', async () => {
    await using server = await JupyterServer.start()
    const { cell, begun } = telling(server, 'import time; time.sleep(60)')
    const running = inBackground(runCells(server, [cell]))
    await begun()
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
