import type { CellRef, RunEvent, RunReport } from '../../src/events.ts'

/** The reference run's report, changed by `changes`. */
export function sampleReport(changes: Partial<RunReport> = {}): RunReport {
  return {
    event: 'run_finished',
    outcome: 'succeeded',
    runId: 'run-1',
    server: 'https://jupyter.example/',
    notebook: '/workspaces/x.ipynb',
    kernel: { id: 'c0ffee', name: 'python3' },
    kernelDeleted: true,
    startedAt: '2026-01-05T06:00:00.000Z',
    finishedAt: '2026-01-05T06:00:00.900Z',
    durationMs: 900,
    cells: { total: 3, executed: 3, skipped: 0, failed: 0 },
    result: { data: { 'text/plain': '15' }, metadata: {}, execution_count: 3 },
    outputComplete: true,
    warnings: [],
    outputs: [],
    ...changes,
  }
}

export const failedReport = sampleReport({
  outcome: 'failed',
  durationMs: 2_100,
  result: null,
  error: {
    code: 'CELL_FAILED',
    message: 'Cannot go on after cell 3: it raised ValueError: bad input',
    retryable: false,
    cell: sampleCell(3),
    ename: 'ValueError',
    evalue: 'bad input',
    traceback: ['Traceback (most recent call last)', 'Cell In[3], line 1', 'ValueError: bad input'],
  },
})

export function sampleCell(index: number, source = 'df = load()'): CellRef {
  return { index, id: `cell-${index}`, source }
}

export function finished(report: RunReport): RunEvent {
  return { type: 'run_finished', report, notebook: null }
}

export function streamed(text: string, name: 'stdout' | 'stderr' = 'stdout', index = 0): RunEvent {
  return {
    type: 'cell_output',
    cell: sampleCell(index),
    output: { output_type: 'stream', name, text },
  }
}

export const startOfRun: readonly RunEvent[] = [
  {
    type: 'run_started',
    runId: 'r1',
    server: 'https://jupyter.example/',
    notebook: '/workspaces/x.ipynb',
  },
  { type: 'server_waiting', attempt: 1, reason: '503 Service Unavailable' },
  { type: 'kernel_started', kernel: { id: 'c0ffee', name: 'python3' }, cellsToRun: 2 },
]

export function ranCell(index: number, position: number, status: 'ok' | 'error' = 'ok') {
  const cell = sampleCell(index)
  return [
    { type: 'cell_started', cell, position },
    { type: 'cell_finished', cell, position, status, durationMs: 200 },
  ] as const satisfies readonly RunEvent[]
}
