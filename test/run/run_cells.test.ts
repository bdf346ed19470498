import { expect, test } from '@jest/globals'
import { OutputList, OutputBudget } from '../../src/execution/output_list.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { exitWarnings } from '../../src/run/run_cells.ts'
import type { Fields } from '../support/fake_frame.ts'
import { messageOf } from '../support/messages.ts'

const quit = { status: 'ok', payload: [{ source: 'ask_exit', keepkernel: false }] }
const clean = { status: 'error', ename: 'SystemExit', evalue: '0' }

function warningsOf(implementation: string, cellsLeft: number, content: Fields): readonly string[] {
  const message = messageOf('execute_reply', content)
  const notice = { output_type: 'stream', name: 'stderr', text: '' } as const
  const end = {
    cell: { index: 3, id: null, source: 'quit()' },
    request: 'r-0',
    reply: message.type === 'execute_reply' ? message : null,
    outputs: new OutputList(new OutputBudget(1), null, { notice, redactor: createRedactor([]) }),
    executionCount: null,
    failure: null,
    exits: true,
  }
  const kernel = { implementation, name: 'ir' }
  const events = exitWarnings(end, { kernel, cellsLeft })
  return events.map((event) => (event.type === 'warning' ? event.message : ''))
}

test('exitWarnings() warns when the status is unknown and cells are left', () => {
  const [warning, ...more] = warningsOf('IRkernel', 2, quit)
  expect(more).toEqual([])
  expect(warning).toMatch(/^Cell 3 ended the notebook before 2 cells, and the kernel "ir" does not/)
  expect(warningsOf('IRkernel', 1, quit)[0]).toContain('before 1 cell,')
})

test.each<[string, string, number, Fields]>([
  ['IPython, which says it', 'ipython', 2, quit],
  ['the last cell', 'IRkernel', 0, quit],
  ['an error that says it', 'xeus-python', 2, clean],
])('exitWarnings() does not warn of %s', (_, implementation, cellsLeft, content) => {
  expect(warningsOf(implementation, cellsLeft, content)).toEqual([])
})
