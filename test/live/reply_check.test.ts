import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describeWith } from '../support/describe_with.ts'
import type { JupyterOptions } from '../support/jupyter_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installOptionalKernels } from '../support/kernels.ts'
import { executeSource, startKernel } from '../support/live_kernel.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const options = { times: { checkReplyAfterMs: 300 } }

const lines = (...all: readonly string[]) => all.join('\n')

const replaced = [
  'class Filtered:',
  '  def __init__(self, inner): self.inner = inner',
  '  def write(self, text): self.inner.write(text)',
]

const unanswered = [
  lines('import sys', ...replaced, 'sys.stderr = Filtered(sys.stderr)'),
  'import sys\nwith open("f", "w") as sys.stdout: 1',
  lines(
    'import sys',
    ...replaced,
    // ipykernel flushes twice after a cell; then the stream is there again.
    'class Restored(Filtered):',
    '  flushes = 0',
    '  def __getattr__(self, name):',
    '    if name == "flush":',
    '      self.flushes += 1',
    '      if self.flushes == 2: sys.stdout = self.inner',
    '    raise AttributeError(name)',
    'sys.stdout = Restored(sys.stdout)',
  ),
]

/** As jupyter_ui_poll does: other requests are served while the cell runs, where ipykernel can. */
const pumping = lines(
  'import asyncio, time',
  'kernel = get_ipython().kernel',
  'async def pump(seconds):',
  '  end = time.time() + seconds',
  '  while time.time() < end:',
  '    if hasattr(kernel, "do_one_iteration"): await kernel.do_one_iteration()',
  '    await asyncio.sleep(0.02)',
)

/** Names that a question could use, with another meaning. */
const overwritten = lines(
  'import builtins',
  'builtins.get_ipython = get_ipython = exit = quit = None',
  'In = Out = int = str = None',
)

const hooks = ['pre_execute', 'post_execute', 'pre_run_cell', 'post_run_cell']
const counting = lines(
  'calls = []',
  `for name in ${JSON.stringify(hooks)}:`,
  '  get_ipython().events.register(name, lambda *_, name=name: calls.append(name))',
)
const counted = lines(
  'shell = get_ipython()',
  'calls, shell.execution_count, len(In), list(Out), _, shell.last_execution_succeeded',
)

describe('cells on a current server', () => holdsOn({}))
describeWith('debian-jupyter', 'cells on Jupyter Server 1.23', () =>
  holdsOn({ kind: 'debian', pythonKernel: 'quick' }),
)

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

  test('a cell to which IPython cannot reply fails, and the error says why', async () => {
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

  test('a cell to which IPython cannot reply is detected in a notebook that redefines names', async () => {
    await using kernel = await startKernel(server)
    await executeSource(kernel, overwritten)
    const running = executeSource(kernel, unanswered.at(-1) ?? '', options)
    await expect(running).rejects.toMatchObject({ code: 'CELL_FAILED' })
  })

  test('a cell whose reply cannot be sent fails, and the error says why', async () => {
    await using kernel = await startKernel(server)
    await expect(executeSource(kernel, 'exit(object())')).rejects.toMatchObject({
      code: 'CELL_FAILED',
      message: expect.stringMatching(/^Cannot tell how cell 0 ended: .* exit\(\) with an argument/),
    })
  })

  test('a cell that handles other requests keeps all its output', async () => {
    await using kernel = await startKernel(server)
    await executeSource(kernel, pumping)
    const source = lines('await pump(2)', 'print("after")', '5 + 10')
    const { end, events } = await executeSource(kernel, source, options)
    expect(end.outputs.all).toMatchObject([
      { output_type: 'stream', text: 'after\n' },
      { output_type: 'execute_result', data: { 'text/plain': '15' } },
    ])
    expect(end).toMatchObject({ failure: null, executionCount: 2 })
    expect(events.filter(({ type }) => type === 'warning')).toEqual([])
  })

  test('a cell that fails after handling other requests has its error', async () => {
    await using kernel = await startKernel(server)
    await executeSource(kernel, pumping)
    const { end } = await executeSource(kernel, lines('await pump(1)', '1 / 0'), options)
    expect(end).toMatchObject({ failure: { ename: 'ZeroDivisionError' } })
    expect(end.outputs.all).toMatchObject([{ output_type: 'error', ename: 'ZeroDivisionError' }])
  })

  test('the check affects neither hooks nor history', async () => {
    const states = [0, 2].map(async (seconds) => {
      await using kernel = await startKernel(server)
      const cells = [pumping, counting, '7', `await pump(${seconds})`]
      for (const source of cells) await executeSource(kernel, source, options)
      const { end } = await executeSource(kernel, counted, options)
      return end.outputs.all.map((output) => 'data' in output && output.data)
    })
    const [undisturbed, asked] = await Promise.all(states)
    expect(undisturbed).toHaveLength(1)
    expect(asked).toEqual(undisturbed)
  })

  test.each([
    { name: 'a silent cell', source: 'import time; time.sleep(2); 15' },
    {
      name: 'a silent cell that is a coroutine',
      source: 'import asyncio; await asyncio.sleep(2); 15',
    },
  ])('$name is waited for in Python', ({ source }) => staysSilent('python3', source))

  describeWith('r-kernel', 'the kernel of R', () => {
    test('a silent cell is waited for', () => staysSilent('ir', 'Sys.sleep(2); 15'))
  })

  describeWith('deno', 'the kernel of TypeScript', () => {
    const pause = 'await new Promise((resolve) => setTimeout(resolve, 2_000)); 15'
    test('a silent cell is waited for', () => staysSilent('deno', pause))
  })
}
