import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { FaultProxy, isChannel } from '../../support/fault_proxy.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import { cellRuns, expectNoKernel, runCells, textOf } from './cells.ts'
import { having, testFaults, type FaultRow } from './fault_table.ts'

const dropped = {
  outputComplete: false,
  warnings: [having('--ZMQChannelsWebsocketConnection.limit_rate=False')],
}
const failedAtLast = {
  outcome: 'failed',
  error: { code: 'CELL_FAILED', ename: 'ZeroDivisionError', traceback: expect.any(Array) },
}
// The limit is 3,000 in 3 s: whether more trip it depends on how fast the machine is.
const flushed = (count: number) => `for n in range(${count}): print(n, flush=True)\n`

function value(text: string, changes: object = {}): object {
  return { outcome: 'succeeded', result: { data: { 'text/plain': text } }, ...changes }
}

const limited: readonly FaultRow[] = [
  {
    name: '5 MB printed in bits, then a value: the value is right',
    cells: ['for n in range(5): print("x" * 1_000_000, flush=True)\n5 + 10'],
    status: 0,
    expected: value('15', dropped),
    seconds: 20,
  },
  {
    name: '5 MB printed in bits, then an error: the error is right',
    cells: ['for n in range(5): print("x" * 1_000_000, flush=True)\n1/0'],
    status: 1,
    expected: { ...failedAtLast, ...dropped },
    seconds: 20,
  },
  {
    name: '4,000 flushed lines, then an error: the error is right',
    cells: [`${flushed(4_000)}1/0`],
    status: 1,
    expected: failedAtLast,
    seconds: 80,
  },
  {
    name: '4,000 flushed lines, then a value: the value is right',
    cells: [`${flushed(4_000)}{"n": n}`],
    status: 0,
    expected: value("{'n': 3999}"),
    seconds: 80,
  },
  {
    name: '200,000 lines, then a value',
    cells: ['for n in range(200_000): print(n)\nn'],
    status: 0,
    expected: value('199999'),
    seconds: 80,
  },
  {
    name: 'a cell of 11 MB is refused before it is sent',
    cells: ['"begun"', `"${'x'.repeat(11 * 1024 * 1024)}"`],
    status: 3,
    expected: { outcome: 'error', error: { code: 'CELL_TOO_LARGE', retryable: false } },
    seconds: 20,
  },
  {
    name: 'a cell of 9 MB runs',
    cells: [`len("${'x'.repeat(9 * 1024 * 1024)}")`],
    status: 0,
    expected: value('9437184'),
    seconds: 80,
  },
]

testFaults('output that the server limits', limited)
testFaults('output that Jupyter Server 1 limits', limited.slice(0, 2), {
  kind: 'debian',
  pythonKernel: 'quick',
})

describe('output while nobody is connected', () => {
  test('the error is right after 4,000 messages without a connection', async () => {
    await using server = await JupyterServer.start()
    await using proxy = await FaultProxy.start(server.host)
    const cell = `import time; time.sleep(2)\n${flushed(4_000)}time.sleep(2)\n1/0`
    const running = runCells(server, [cell], { host: proxy.host })
    await cellRuns(server, proxy)
    const endTick = performance.now() + 6_000
    proxy.rule = (line) => (isChannel(line) && performance.now() < endTick ? 'cut' : 'pass')
    proxy.cut('RST')
    const { report, status } = await running
    expect(status).toBe(1)
    expect(report).toMatchObject({
      error: { code: 'CELL_FAILED', ename: 'ZeroDivisionError' },
      outputComplete: false,
      kernelDeleted: true,
    })
    await expectNoKernel(server)
  })
})

describe('output without limits', () => {
  let server: JupyterServer
  beforeAll(async () => {
    server = await JupyterServer.start({
      args: ['--ZMQChannelsWebsocketConnection.limit_rate=False'],
    })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each([
    {
      name: '500 MB, flushed,',
      times: 500,
      print: 'print("x" * 1_000_000, flush=True)',
      megabytes: 400,
    },
    {
      name: '400 MB, in messages of any size,',
      times: 400,
      print: 'print("x" * 1_000_000)',
      megabytes: 350,
    },
  ])(
    '$name printed in all takes far less memory than its size',
    async ({ times, print, megabytes }) => {
      const cell = `for n in range(${times}): ${print}\n"all printed"`
      const run = await runCells(server, [cell], { limitMs: 280_000 })
      // A kernel drops messages of its own accord when the server is slower than it is: said, then.
      const { outcome, outputComplete, warnings } = run.report
      expect(outcome).toBe('succeeded')
      expect(outputComplete).toBe(warnings.length === 0)
      expect(textOf(run)).toBe("'all printed'")
      // 230 to 290 MB alone, and for 1 GB, too (see the bench); garbage is collected later beside other programs.
      expect(run.peakMegabytes).toBeLessThan(megabytes)
      await expectNoKernel(server)
    },
  )

  test('one output of 150 MB is left out, and later outputs are kept', async () => {
    const cells = ['"x" * 150_000_000', '5 + 10']
    const run = await runCells(server, cells, { limitMs: 280_000 })
    expect(run.report).toMatchObject({
      outcome: 'succeeded',
      outputComplete: false,
      warnings: [having('An output of 150 MB in one message (execute_result) of cell 0')],
    })
    expect(textOf(run)).toBe('15')
    expect(run.peakMegabytes).toBeLessThan(450)
  })

  test('60 widgets of 1 MB take less than 200 MB of memory, and what is left out is reported', async () => {
    const make = 'for n in range(60): kept.append(w.HTML(value="x" * 1_000_000))'
    const cells = [`import ipywidgets as w\nkept = []\n${make}\n5 + 10`]
    const run = await runCells(server, cells, { args: ['--max-output', '1'] })
    expect(run.report).toMatchObject({
      outcome: 'succeeded',
      outputComplete: false,
      warnings: [having('State of widgets of cell 0 was left out')],
    })
    expect(textOf(run)).toBe('15')
    expect(run.peakMegabytes).toBeLessThan(200)
  })

  test('one output of 30 MB is right', async () => {
    const run = await runCells(server, ['"x" * 30_000_000'], { limitMs: 280_000 })
    expect(run.report).toMatchObject({ outcome: 'succeeded', outputComplete: true })
    expect(textOf(run)).toHaveLength(30_000_002)
  })

  test('an error output of 60 MB ends the run with one clear error', async () => {
    const { report } = await runCells(server, ['raise Exception("x" * 60_000_000)', '1'])
    expect(report).toMatchObject({
      outcome: 'error',
      error: { code: 'OUTPUT_TOO_LARGE', cell: { index: 0 }, retryable: false },
      cells: { executed: 1, skipped: 1 },
      kernelDeleted: true,
    })
    await expectNoKernel(server)
  })
})
