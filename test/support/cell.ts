import type { RunEvent } from '../../src/events.ts'
import { executeCell, type CellEnd } from '../../src/execution/execute_cell.ts'
import type { FakeAnswer } from './fake_answer.ts'
import { FakeJupyter } from './fake_jupyter.ts'
import { never } from './observe.ts'
import { connectKernel } from './open_channel.ts'

export interface ObservedCell {
  readonly jupyter: FakeJupyter
  readonly events: readonly RunEvent[]
  readonly end: CellEnd | null
  readonly error: unknown
}

interface Circumstances {
  readonly cellTimeoutMs?: number
  readonly signal?: AbortSignal
}

/** Executes one cell, index 0 and source "x", that the kernel answers by this script. */
export async function observeCell(
  script: (answer: FakeAnswer, jupyter: FakeJupyter) => void | Promise<void>,
  { cellTimeoutMs, signal = never }: Circumstances = {},
): Promise<ObservedCell> {
  await using jupyter = await FakeJupyter.start()
  jupyter.cells.set('x', (answer) => script(answer, jupyter))
  await using kernel = await connectKernel(jupyter)
  const owners = new Map<string, { index: number; id: null; source: string }>()
  const execution = { kernel, stopOnError: true, cellTimeoutMs: cellTimeoutMs ?? null, owners }
  const cell = { index: 0, id: null, source: 'x' }
  const events: RunEvent[] = []
  let end: CellEnd | null = null
  let error: unknown = null
  try {
    end = await drain(executeCell(execution, cell, signal), events)
  } catch (thrown) {
    error = thrown
  }
  return { jupyter, events, end, error }
}

async function drain<Result>(
  generator: AsyncGenerator<RunEvent, Result, void>,
  events: RunEvent[],
): Promise<Result> {
  for (;;) {
    const { done, value } = await generator.next()
    if (done) return value
    events.push(value)
  }
}
