import { describe, expect, test } from '@jest/globals'
import { createRunRedactor } from '../../src/run/run.ts'
import { noOptions } from '../../src/request/run_options.ts'
import { sweepLine } from '../../src/sweep/log_sweep.ts'
import { countsOf, outcomeOf, type SweepEntry, type SweepReport } from '../../src/sweep/report.ts'
import { sampleEntry } from './sample_entry.ts'

function logged(sets: readonly SweepEntry[], env = {}, warnings: readonly string[] = []) {
  const report: SweepReport = {
    event: 'sweep_finished',
    outcome: outcomeOf(sets),
    runId: 's-1',
    server: 'http://127.0.0.1:8888/',
    notebook: '/x.ipynb',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:01:00.000Z',
    durationMs: 60_000,
    counts: countsOf(sets),
    setsKey: 'k',
    sets,
    warnings,
  }
  const redactor = createRunRedactor(noOptions, {})
  const identity = { runId: 's-1', messageId: 'm-1', caller: 'job', folder: '/' } as const
  const input = { ...identity, options: noOptions, env, redactor }
  const origin = {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    project: 'p',
  }
  const line = sweepLine(report, { input, origin })
  return { line, entry: JSON.parse(line) }
}

describe('sweepLine()', () => {
  test('is the report, with labels and trace', () => {
    const { line, entry: made } = logged([sampleEntry(0)])
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(made).toMatchObject({
      severity: 'INFO',
      message: '/x.ipynb, 1 set in 1 min 00 s: 1 succeeded',
      event: 'sweep_finished',
      messageId: 'm-1',
      sets: [{ index: 0, result: '1' }],
      'logging.googleapis.com/labels': { message_id: 'm-1', run_id: 's-1', notebook: '/x.ipynb' },
      'logging.googleapis.com/trace': 'projects/p/traces/0af7651916cd43dd8448eb211c80319c',
    })
    expect(made).not.toHaveProperty('setsLeftOut')
  })

  test.each([
    { outcome: 'failed', severity: 'ERROR' },
    { outcome: 'cancelled', severity: 'WARNING' },
    { outcome: 'not_run', severity: 'ERROR' },
  ] as const)('is of severity $severity when a set was $outcome', ({ outcome, severity }) => {
    expect(logged([sampleEntry(0), sampleEntry(1, { outcome })]).entry).toMatchObject({ severity })
  })

  test('is a warning when there are some', () => {
    expect(logged([sampleEntry(0)], {}, ['late']).entry).toMatchObject({ severity: 'WARNING' })
  })

  test('says why sets were not run, and how to repeat them', () => {
    const error = { code: 'NOTEBOOK_NOT_FOUND', message: 'Cannot read it' } as const
    const sets = [sampleEntry(0, { outcome: 'not_run', error })]
    const { message, error: first, logs } = logged(sets, { NBTRIGGER_RUNS: 'gs://b/runs' }).entry
    expect(first).toEqual(error)
    expect(logs).toMatch(/^https:\/\/console\.cloud\.google\.com\/logs\/.*s-1.*project=p$/)
    expect(message).toMatch(/, 1 not run: Cannot read it; to repeat .*, add --only-failed s-1$/)
  })

  test('has as many sets as fit, those that did not succeed first', () => {
    const sets = Array.from({ length: 10_000 }, (_, index) =>
      sampleEntry(index, index === 9_000 ? { outcome: 'failed' } : {}),
    )
    const { line, entry: made } = logged(sets)
    expect(Buffer.byteLength(line)).toBeLessThan(200_000)
    expect(made.sets[0]).toMatchObject({ index: 9_000 })
    expect(made.sets[1]).toMatchObject({ index: 0 })
    expect(made.sets.length + made.setsLeftOut).toBe(10_000)
    expect(made).not.toHaveProperty('truncated')
  })
})
