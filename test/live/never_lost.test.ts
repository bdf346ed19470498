import { expect, test } from '@jest/globals'
import { JupyterServer } from '../support/jupyter_server.ts'
import { runArgs } from '../support/run_args.ts'

const runs = 20

test(`${runs} runs of the reference notebook give 15 each time and leave no kernel`, async () => {
  await using server = await JupyterServer.start()
  const args = [server.host, '/workspaces/JupyterAPI_Test.ipynb']
  const verdicts: unknown[] = []
  const lane = async () => {
    for (let times = 0; times < runs / 2; times += 1) {
      const { report } = await runArgs(args, { JUPYTER_TOKEN: server.token })
      const { outcome, result, kernelDeleted, outputComplete, warnings, error } = report
      verdicts.push({ outcome, result, kernelDeleted, outputComplete, warnings, error })
    }
  }
  await Promise.all([lane(), lane()])
  const good = {
    outcome: 'succeeded',
    result: { data: { 'text/plain': '15' }, metadata: {}, execution_count: 3 },
    kernelDeleted: true,
    outputComplete: true,
    warnings: [],
    error: undefined,
  }
  expect(verdicts).toEqual(Array.from({ length: runs }, () => good))
  expect(await server.kernels()).toEqual([])
})
