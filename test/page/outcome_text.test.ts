import { describe, expect, test } from '@jest/globals'
import type { ErrorCode } from '../../src/errors.ts'
import type { RunReport } from '../../src/events.ts'
import { Problem } from '../../src/page/problem.ts'
import { refusedOutcome, stoppedOutcome, outcomeTextOf } from '../../src/page/outcome_text.ts'
import { failedReport, sampleReport } from '../reporting/sample_events.ts'

describe('outcomeTextOf()', () => {
  test('says nothing about a successful run with a result', () => {
    const outcomeText = { tone: 'good', title: 'Succeeded in 0.9 s', sentences: [] }
    expect(outcomeTextOf(sampleReport())).toEqual(outcomeText)
  })

  test('says that a successful run has no result, and what failed in it', () => {
    const cells = { total: 3, executed: 3, skipped: 0, failed: 1 }
    expect(outcomeTextOf(sampleReport({ result: null, cells })).sentences).toEqual([
      '1 cell failed, as allowed.',
      'The last cell has no result.',
    ])
  })

  test('names the exception of a cell and what to do', () => {
    expect(outcomeTextOf(failedReport)).toEqual({
      tone: 'bad',
      title: 'Cell 3 failed after 2.1 s',
      sentences: [
        'ValueError: bad input.',
        'Correct the cell, or let the run continue after a failing cell (Options), and run it again.',
      ],
    })
  })

  test.each([
    ['timed_out', 'RUN_TIMED_OUT', 'bad', 'Out of time after 0.9 s'],
    ['cancelled', 'CANCELLED', 'neutral', 'Stopped after 0.9 s'],
    ['error', 'KERNEL_DIED', 'bad', 'Broke off after 0.9 s'],
    ['error', 'OUTPUT_NOT_SAVED', 'bad', 'Ran in 0.9 s, but was not saved'],
  ] as const)('of %s with %s is %s: %s', (outcome, code, tone, title) => {
    const outcomeText = outcomeTextOf(brokenReport(outcome, code))
    expect(outcomeText).toMatchObject({ tone, title })
    expect(outcomeText.sentences[0]).toBe('Cannot go on: it is so.')
  })

  test('says that a run could not start, and that the problem may be temporary', () => {
    const cells = { total: 0, executed: 0, skipped: 0, failed: 0 }
    const report = { ...brokenReport('error', 'SERVER_UNREACHABLE', true), cells }
    const { title, sentences } = outcomeTextOf(report)
    expect([title, sentences[1]]).toEqual([
      'Could not run',
      'This may pass: try again in a minute.',
    ])
  })

  test('lists what is left, what is missing and what was saved', () => {
    const report = sampleReport({
      kernelDeleted: false,
      outputComplete: false,
      outputs: ['gs://archive/x.ipynb'],
    })
    expect(outcomeTextOf(report).sentences).toEqual([
      'Kernel c0ffee could not be deleted.',
      'Some output is missing, or may be: see the warnings.',
      'Saved to gs://archive/x.ipynb',
    ])
  })
})

describe('refusedOutcome()', () => {
  test('shows the message of the service, and what to do about it', () => {
    const problem = new Problem(404, 'NOTEBOOK_NOT_FOUND', 'Cannot read "/x.ipynb"')
    expect(refusedOutcome(problem)).toEqual({
      tone: 'bad',
      title: 'Could not run',
      sentences: [
        'Cannot read "/x.ipynb".',
        'Choose another one: it may have been moved or renamed.',
      ],
    })
  })
})

describe('stoppedOutcome()', () => {
  test('shows the elapsed time', () => {
    expect(stoppedOutcome(61_000).title).toBe('Stopped after 1 min 01 s')
  })
})

function brokenReport(
  outcome: RunReport['outcome'],
  code: ErrorCode,
  retryable = false,
): RunReport {
  const error = { code, message: 'Cannot go on: it is so', retryable }
  return sampleReport({ outcome, result: null, error })
}
