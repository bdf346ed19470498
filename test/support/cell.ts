import type { RunEvent } from '../../src/events.ts'
import { type CellEnd, executeCell, type WaitingTimes } from '../../src/execution/cell_execution.ts'
import { ExecutedNotebook } from '../../src/execution/executed_notebook.ts'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import type { FakeAnswer } from './fake_answer.ts'
import { FakeJupyter } from './fake_jupyter.ts'
import { notebookOf } from './fake_request.ts'
import { neverAborts } from './observe.ts'
import { connectKernel } from './open_channel.ts'

export interface ObservedCell {
  readonly jupyter: FakeJupyter
  readonly record: ExecutedNotebook
  readonly events: readonly RunEvent[]
  readonly end: CellEnd | null
  readonly error: unknown
}

interface Circumstances {
  readonly cellTimeoutMs?: number
  readonly expectsError?: boolean
  readonly times?: WaitingTimes
  /** Of the kernel; else "ipython". */
  readonly implementation?: string
  readonly signal?: AbortSignal
}

/** Executes one cell, index 0 and source "x", that the kernel answers by this script. */
export async function observeCell(
  script: (answer: FakeAnswer, jupyter: FakeJupyter) => void | Promise<void>,
  circumstances: Circumstances = {},
): Promise<ObservedCell> {
  const { cellTimeoutMs, expectsError = false, signal = neverAborts } = circumstances
  const { times, implementation = 'ipython' } = circumstances
  await using jupyter = await FakeJupyter.start()
  jupyter.onKernel = (kernel) => {
    kernel.info = { ...kernel.info, implementation }
  }
  jupyter.cells.set('x', (answer) => script(answer, jupyter))
  await using kernel = await connectKernel(jupyter)
  const facts = {
    path: '/n.ipynb',
    parameters: new Map(),
    maxOutputMegabytes: 64,
    redactor: createRedactor([]),
  }
  const record = new ExecutedNotebook(readNotebook(notebookOf(['x']), 'n.ipynb'), facts)
  const events: RunEvent[] = []
  const emit = (event: RunEvent) => void events.push(event)
  const execution = { kernel, executed: record, allowErrors: false, emit, times }
  const limit = cellTimeoutMs === undefined ? null : { ms: cellTimeoutMs, source: '--cell-timeout' }
  const cell = { position: 1, ref: { index: 0, id: null, source: 'x' }, expectsError, limit }
  let end: CellEnd | null = null
  let error: unknown = null
  try {
    end = await executeCell(execution, cell, signal)
  } catch (thrown) {
    error = thrown
  }
  return { jupyter, record, events, end, error }
}
