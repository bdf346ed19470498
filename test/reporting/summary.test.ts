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

  test('does not say again what is said beside it', () => {
    const said = 'Cannot read the notebook: the token is refused; set it'
    expect(diagnosisText([name, answer, token], said)).toBe(
      'Diagnosis: name, answer: good. token: bad',
    )
    const byOtherCall = { ...token, what: 'Cannot list the kernels: is refused' }
    expect(diagnosisText([byOtherCall], 'Cannot read the notebook: is refused; set it')).toBe(
      'Diagnosis: token: bad',
    )
    expect(diagnosisText([name, token], 'Cannot read the notebook')).toBe(
      'Diagnosis: name: good. token: is refused; set it',
    )
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
    {
      name: 'a result',
      report: sampleReport(),
      sentence: '/workspaces/x.ipynb succeeded in 0.9 s: 15',
    },
    {
      name: 'no result',
      report: sampleReport({ result: null }),
      sentence: '/workspaces/x.ipynb succeeded in 0.9 s',
    },
    {
      name: 'an empty result',
      report: withResult({}),
      sentence: '/workspaces/x.ipynb succeeded in 0.9 s',
    },
    {
      name: 'a result of many lines',
      report: withResult({
        'text/plain': '   a  b\n0  1  2\u001b[31m!\u2028',
        'text/html': '<table>',
      }),
      sentence: '/workspaces/x.ipynb succeeded in 0.9 s: a b 0 1 2!',
    },
    {
      name: 'a result without text',
      report: withResult({ 'image/png': 'iVBOR', 'text/html': '<b>' }),
      sentence: '/workspaces/x.ipynb succeeded in 0.9 s: image/png, text/html',
    },
    {
      name: 'a cell that failed',
      report: failedReport,
      sentence:
        '/workspaces/x.ipynb failed in 2.1 s: cell 3 (df = load()) raised ValueError: bad input',
    },
    {
      name: 'a run out of time',
      report: sampleReport({
        outcome: 'timed_out',
        durationMs: 510_000,
        error: { code: 'RUN_TIMED_OUT', message: 'Cannot end in 510 s', retryable: false },
      }),
      sentence: '/workspaces/x.ipynb timed out after 8 min 30 s: Cannot end in 510 s',
    },
    {
      name: 'a run that was stopped',
      report: sampleReport({ outcome: 'cancelled' }),
      sentence: '/workspaces/x.ipynb was cancelled after 0.9 s',
    },
    {
      name: 'one of several jobs on a notebook',
      report: sampleReport({ parameters: { day: '2026-03-01', region: 'EU' }, durationMs: 900 }),
      sentence: '/workspaces/x.ipynb (day=2026-03-01, region=EU) succeeded in 0.9 s: 15',
    },
    {
      name: 'many long parameters',
      report: sampleReport({ parameters: { a: 'x'.repeat(99), b: '1\n2', c: '3', d: '4' } }),
      sentence: `/workspaces/x.ipynb (a=${'x'.repeat(37)}…, b=1 2, c=3, …) succeeded in 0.9 s: 15`,
    },
    {
      name: 'arguments that cannot be read',
      report: sampleReport({
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
      sentence: 'The notebook could not run: Cannot read "--verbos": there is no such flag',
    },
    {
      name: 'a kernel that died in the middle',
      report: sampleReport({
        outcome: 'error',
        error: {
          code: 'KERNEL_DIED',
          message: 'Cannot run cell 2: its kernel died',
          retryable: false,
        },
      }),
      sentence: '/workspaces/x.ipynb broke off after 0.9 s: Cannot run cell 2: its kernel died',
    },
    {
      name: 'a kernel that was left behind',
      report: sampleReport({ kernelDeleted: false }),
      sentence: '/workspaces/x.ipynb succeeded in 0.9 s: 15; its kernel c0ffee was not deleted',
    },
    {
      name: 'a kernel that was to be kept',
      report: sampleReport({ kernelDeleted: null }),
      sentence: '/workspaces/x.ipynb succeeded in 0.9 s: 15; its kernel c0ffee is left running',
    },
  ])('describes $name', ({ report, sentence }) => {
    expect(summaryOf(report)).toBe(sentence)
  })

  test('shortens a long result without splitting a character', () => {
    const summary = summaryOf(withResult({ 'text/plain': '👩'.repeat(1_000_000) }))
    expect(summary.length).toBeLessThan(250)
    expect(summary).toMatch(/: (👩)+…$/u)
  })
})
