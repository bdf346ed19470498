import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { runCommand } from '../../support/command_run.ts'
import { describeWith } from '../../support/describe_with.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import { LoadBalancer } from '../../support/load_balancer.ts'
import { Opened } from '../../support/opened.ts'
import { expectNoKernel } from './cells.ts'
import { having } from './fault_table.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'

describeWith('haproxy', 'two instances behind one address', () => {
  const opened = new Opened()
  let one: JupyterServer
  let two: JupyterServer
  beforeAll(async () => {
    one = opened.use(await JupyterServer.start())
    two = opened.use(await JupyterServer.start({ token: one.token }))
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  test('all requests of a run reach the instance of its kernel with affinity', async () => {
    await using balancer = await LoadBalancer.start([one.host, two.host], { affinity: true })
    const runs = Array.from({ length: 6 }, () => runCommand([balancer.host, reference], one))
    for (const { report } of await Promise.all(runs)) {
      expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true })
      expect(report.result?.data).toEqual({ 'text/plain': '15' })
    }
    for (const server of [one, two]) {
      expect(server.output).toMatch('Kernel started')
      await expectNoKernel(server)
    }
  })

  test('the error names the missing affinity, and no kernel is left', async () => {
    await using balancer = await LoadBalancer.start([one.host, two.host], { affinity: false })
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { report, status } = await runCommand([balancer.host, reference], one)
      expect(status).toBe(3)
      expect(report).toMatchObject({
        outcome: 'error',
        error: {
          code: 'KERNEL_START_FAILED',
          message: having('run one (--max-instances=1) or turn on session affinity'),
        },
      })
    }
    for (const server of [one, two]) await expectNoKernel(server)
  })
})
