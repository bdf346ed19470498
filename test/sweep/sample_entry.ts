import type { SweepEntry } from '../../src/sweep/report.ts'

/** What came of a set that succeeded, changed by `changes`. */
export function sampleEntry(index: number, changes: Partial<SweepEntry> = {}): SweepEntry {
  return {
    index,
    outcome: 'succeeded',
    runId: `run-${index}`,
    parameters: { n: String(index) },
    durationMs: 900,
    result: '1',
    output: null,
    link: null,
    ...changes,
  }
}
