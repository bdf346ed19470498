import { expect, test } from '@jest/globals'
import { JupyterServer } from '../support/jupyter_server.ts'
import { runArgs } from '../support/run_args.ts'

const runs = 40

test(`the last output of C code is the result, ${runs} times out of ${runs}, and is kept before a failure`, async () => {
  await using server = await JupyterServer.start({ pythonKernel: 'as installed' })
  const { body } = await server.request('POST', '/api/kernels', { name: 'python3' })
  const { id }: { readonly id: string } = JSON.parse(body)
  await server.writeNotebook('c.ipynb', ['import os', 'os.write(1, b"RESULT=15\\n");'])
  await server.writeNotebook('failing.ipynb', ['os.write(1, b"RESULT=15\\n"); 1/0'])
  const results: unknown[] = []
  const failures: unknown[] = []
  for (let times = 0; times < runs; times += 1) {
    const run = (path: string) =>
      runArgs([server.host, path, '--kernel-id', id], { JUPYTER_TOKEN: server.token })
    const { report } = await run('/c.ipynb')
    results.push([report.result?.data, report.outputComplete])
    const { events } = await run('/failing.ipynb')
    const outputs = events.filter((event) => event.type === 'cell_output')
    failures.push(outputs.some(({ output }) => output.output_type === 'stream'))
  }
  expect(results).toEqual(
    Array.from({ length: runs }, () => [{ 'text/plain': 'RESULT=15\n' }, true]),
  )
  expect(failures).toEqual(Array.from({ length: runs }, () => true))
})
