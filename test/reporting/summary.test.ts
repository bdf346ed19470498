import { describe, expect, test } from '@jest/globals'
import type { Finding, RunReport } from '../../src/events.ts'
import { diagnosisText, findingLine, summaryOf } from '../../src/reporting/summary.ts'
import { failedReport, sampleReport } from './sample_events.ts'

const name: Finding = { check: 'name', verdict: 'good', what: 'x is 10.0.0.1', advice: null }
const answer: Finding = { check: 'answer', verdict: 'good', what: 'it answered', advice: null }
const version: Finding = { check: 'version', verdict: 'warning', what: 'is old', advice: 'update' }
const token: Finding = { check: 'token', verdict: 'bad', what: 'is refused', advice: 'set it' }
const notebook: Finding = { check: 'notebook', verdict: 'skipped', what: 'because', advice: null }

describe('findingLine()', () => {
  test('is one line, with advice', () => {
    expect(findingLine(name)).toBe('name        good     x is 10.0.0.1')
    expect(findingLine({ ...token, what: 'is\n\u001b[31mrefused' })).toBe(
      'token       bad      is refused; set it',
    )
  })
})

describe('diagnosisText()', () => {
  test('names the first failed check, and the passed ones before it', () => {
    expect(diagnosisText([name, answer, version, token, notebook])).toBe(
      'Diagnosis: name, answer: good. version: is old; update. token: is refused; set it',
    )
    expect(diagnosisText([token])).toBe('Diagnosis: token: is refused; set it')
  })

  test('says that the problem may be over if nothing is bad', () => {
    expect(diagnosisText([name, answer])).toBe(
      'Diagnosis: name, answer: good. nothing is bad any more',
    )
  })
})

function withResult(data: Record<string, unknown>): RunReport {
  return sampleReport({ result: { data, metadata: {}, execution_count: 3 } })
}

describe('summaryOf()', () => {
  test.each([
    ['a result', sampleReport(), '/workspaces/x.ipynb succeeded in 0.9 s: 15'],
    ['no result', sampleReport({ result: null }), '/workspaces/x.ipynb succeeded in 0.9 s'],
    ['an empty result', withResult({}), '/workspaces/x.ipynb succeeded in 0.9 s'],
    [
      'a result of many lines',
      withResult({ 'text/plain': '   a  b\n0  1  2\u001b[31m!\u2028', 'text/html': '<table>' }),
      '/workspaces/x.ipynb succeeded in 0.9 s: a b 0 1 2!',
    ],
    [
      'a result without text',
      withResult({ 'image/png': 'iVBOR', 'text/html': '<b>' }),
      '/workspaces/x.ipynb succeeded in 0.9 s: image/png, text/html',
    ],
    [
      'a cell that failed',
      failedReport,
      '/workspaces/x.ipynb failed in 2.1 s: cell 3 raised ValueError: bad input',
    ],
    [
      'a run out of time',
      sampleReport({
        outcome: 'timed_out',
        durationMs: 510_000,
        error: { code: 'RUN_TIMED_OUT', message: 'Cannot end in 510 s', retryable: false },
      }),
      '/workspaces/x.ipynb timed out after 8 min 30 s: Cannot end in 510 s',
    ],
    [
      'a run that was stopped',
      sampleReport({ outcome: 'cancelled' }),
      '/workspaces/x.ipynb was cancelled after 0.9 s',
    ],
    [
      'arguments that cannot be read',
      sampleReport({
        outcome: 'error',
        notebook: null,
        kernel: null,
        kernelDeleted: null,
        cells: { total: 0, executed: 0, skipped: 0, failed: 0 },
        error: {
          code: 'ARGUMENTS_INVALID',
          message: 'Cannot read "--verbos": there is no such flag',
          retryable: false,
        },
      }),
      'The notebook could not run: Cannot read "--verbos": there is no such flag',
    ],
    [
      'a kernel that died in the middle',
      sampleReport({
        outcome: 'error',
        error: {
          code: 'KERNEL_DIED',
          message: 'Cannot run cell 2: its kernel died',
          retryable: false,
        },
      }),
      '/workspaces/x.ipynb broke off after 0.9 s: Cannot run cell 2: its kernel died',
    ],
    [
      'a kernel that was left behind',
      sampleReport({ kernelDeleted: false }),
      '/workspaces/x.ipynb succeeded in 0.9 s: 15; its kernel c0ffee was not deleted',
    ],
    [
      'a kernel that was to be kept',
      sampleReport({ kernelDeleted: null }),
      '/workspaces/x.ipynb succeeded in 0.9 s: 15; its kernel c0ffee is left running',
    ],
  ])('describes %s', (_, report, sentence) => {
    expect(summaryOf(report)).toBe(sentence)
  })

  test('shortens a long result without splitting a character', () => {
    const summary = summaryOf(withResult({ 'text/plain': '👩'.repeat(1_000_000) }))
    expect(summary.length).toBeLessThan(250)
    expect(summary).toMatch(/: (👩)+…$/u)
  })
})
