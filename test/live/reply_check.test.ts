import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describeWith } from '../support/describe_with.ts'
import type { JupyterOptions } from '../support/jupyter_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installOptionalKernels } from '../support/kernels.ts'
import { executeSource, startKernel } from '../support/live_kernel.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const options = { times: { checkReplyAfterMs: 300 } }

const replaced = [
  'class Filtered:',
  '  def __init__(self, inner): self.inner = inner',
  '  def write(self, text): self.inner.write(text)',
]

const unanswered = [
  ['import sys', ...replaced, 'sys.stderr = Filtered(sys.stderr)'].join('\n'),
  'import sys\nwith open("f", "w") as sys.stdout: 1',
]

describe('cells on a current server', () => holdsOn({}))
describeWith('debian-jupyter', 'cells on Jupyter Server 1.23', () => holdsOn({ kind: 'debian' }))

function holdsOn(kind: JupyterOptions): void {
  const opened = new Opened()
  let server: JupyterServer

  beforeAll(async () => {
    const { path } = opened.use(await ScratchFolder.make('kernels'))
    await installOptionalKernels(path)
    server = opened.use(await JupyterServer.start({ ...kind, jupyterPath: [path] }))
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  const staysSilent = async (name: string, source: string) => {
    await using kernel = await startKernel(server, name)
    const { end, events } = await executeSource(kernel, source, options)
    expect(end).toMatchObject({ failure: null, reply: { status: 'ok' } })
    expect(events.filter(({ type }) => type !== 'cell_output')).toEqual([])
  }

  test('a cell that IPython cannot answer fails, and the error says why', async () => {
    const errors = unanswered.map(async (source) => {
      await using kernel = await startKernel(server)
      await expect(executeSource(kernel, source, options)).rejects.toMatchObject({
        code: 'CELL_FAILED',
        message: expect.stringMatching(
          /^Cannot tell how cell 0 ended: .*sys\.stdout or sys\.stderr/,
        ),
      })
    })
    await Promise.all(errors)
  })

  test.each([
    ['a silent cell', 'import time; time.sleep(2); 15'],
    ['a silent cell that is a coroutine', 'import asyncio; await asyncio.sleep(2); 15'],
  ])('%s is waited for in Python', (_, source) => staysSilent('python3', source))

  describeWith('r-kernel', 'the kernel of R', () => {
    test('a silent cell is waited for', () => staysSilent('ir', 'Sys.sleep(2); 15'))
  })

  describeWith('deno', 'the kernel of TypeScript', () => {
    const pause = 'await new Promise((resolve) => setTimeout(resolve, 2_000)); 15'
    test('a silent cell is waited for', () => staysSilent('deno', pause))
  })
}
