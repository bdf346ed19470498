import { describe, expect, test } from '@jest/globals'
import { FunctionProcess } from '../../support/function_process.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import { expectNoKernel } from './cells.ts'
import { until } from '../../support/until.ts'
import { having, testFaults, type FaultRow } from './fault_table.ts'

const sleeping = 'import time\nprint("begun", flush=True)\ntime.sleep(600)'
const spinning = 'n = 0\nwhile True: n += 1'
const swallowing = `
import time
while True:
    try:
        time.sleep(600)
    except BaseException:
        pass`
const deaf = `
import signal, time
for name in (signal.SIGINT, signal.SIGTERM):
    signal.signal(name, signal.SIG_IGN)
time.sleep(600)`

const interrupted = { ename: 'KeyboardInterrupt', traceback: expect.any(Array), cell: { index: 0 } }
const interruptedRows = [
  { name: 'sleeps', cell: sleeping, seconds: 10, error: interrupted },
  { name: 'spins', cell: spinning, seconds: 10, error: interrupted },
  { name: 'swallows interrupts', cell: swallowing, seconds: 18, error: { cell: { index: 0 } } },
  { name: 'is deaf to every signal', cell: deaf, seconds: 18, error: { cell: { index: 0 } } },
]

const limits = [
  { option: '--cell-timeout', limit: 2, code: 'CELL_TIMED_OUT', text: 'did not end within 2 s' },
  { option: '--timeout', limit: 15, code: 'RUN_TIMED_OUT', text: 'Cannot finish within 15 s' },
]

const rows = limits.flatMap(({ option, limit, code, text }) =>
  interruptedRows.map(({ name, cell, seconds, error }): FaultRow => {
    return {
      name: `a cell that ${name} ends in time with ${option}`,
      cells: [cell, '"ran on"'],
      args: [option, String(limit)],
      status: 3,
      expected: {
        outcome: 'timed_out',
        error: { code, message: having(text), retryable: false, ...error },
        cells: { total: 2, executed: 1, skipped: 1, failed: 1 },
        warnings: expect.not.arrayContaining([having('after its end')]),
      },
      seconds: seconds + limit,
    }
  }),
)

testFaults('an endless cell', rows)

describe('an endless cell in the function', () => {
  test('the limit of the function ends it, and the message is acknowledged', async () => {
    await using server = await JupyterServer.start()
    await server.writeNotebook('sleep.ipynb', [sleeping])
    await server.writeNotebook('deaf.ipynb', [deaf])
    const { host, token } = server
    const env = { JUPYTER_SERVER: host, JUPYTER_TOKEN: token, NBTRIGGER_TIMEOUT: '6' }
    await using running = await FunctionProcess.start({ env })
    const messages = ['/sleep.ipynb', '/deaf.ipynb']
    const answers = await Promise.all(messages.map((message) => running.deliver(message)))
    expect(answers).toEqual([204, 204])
    const reports = () => running.entries().filter(({ event }) => event === 'run_finished')
    await until('both reports', () => reports().length === 2 || undefined)
    for (const report of reports()) {
      expect(report).toMatchObject({ outcome: 'timed_out', kernelDeleted: true })
      expect(report).toMatchObject({ error: { code: 'RUN_TIMED_OUT' }, severity: 'ERROR' })
    }
    await expectNoKernel(server)
  })
})
