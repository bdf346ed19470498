import type { Progress } from '../../src/checkpoint/checkpoint.ts'

/** How far a run is that was about to send its first cell to the kernel "k". */
export const someProgress: Progress = {
  kernel: { id: 'k', name: 'python3', process: 'p', implementation: 'ipython', languageInfo: {} },
  isGatewayMode: false,
  deadlineAt: null,
  report: {
    startedAt: new Date(0).toISOString(),
    source: null,
    executed: 0,
    failed: 0,
    outputComplete: true,
    warnings: [],
  },
  notebook: { startedMs: 0, languageInfo: {}, passed: 0, progress: [], places: [] },
  cell: { position: 1, attempt: 1, countBefore: 1, sentAt: new Date(0).toISOString() },
  end: null,
}
