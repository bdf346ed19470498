import { describe, expect, test } from '@jest/globals'
import { reportAttributes } from '../../src/reporting/report_attributes.ts'
import { failedReport, sampleReport } from './sample_events.ts'

describe('reportAttributes()', () => {
  test('contains what subscriptions filter by', () => {
    expect(reportAttributes(sampleReport(), [])).toEqual({
      event: 'run_finished',
      outcome: 'succeeded',
      run_id: 'run-1',
      notebook: '/workspaces/x.ipynb',
      chain: '/workspaces/x.ipynb',
    })
    expect(reportAttributes(failedReport, ['/a.ipynb'])).toMatchObject({
      outcome: 'failed',
      error_code: 'CELL_FAILED',
      chain: '/a.ipynb\n/workspaces/x.ipynb',
    })
  })

  test('leaves out what an unstarted run does not have', () => {
    const report = sampleReport({ outcome: 'error', notebook: null })
    expect(Object.keys(reportAttributes(report, []))).toEqual(['event', 'outcome', 'run_id'])
  })

  test.each(['é', '€', '😀', 'x'])('cuts a path of %s to the size of an attribute', (letter) => {
    const notebook = `/a${letter.repeat(1024)}.ipynb`
    const attributes = reportAttributes(sampleReport({ notebook }), [])
    const cut = attributes['notebook'] ?? ''
    const bytes = Buffer.byteLength(cut)
    expect(bytes).toBeLessThanOrEqual(1024)
    expect(bytes).toBeGreaterThan(1020)
    expect(notebook.startsWith(cut)).toBe(true)
    expect(attributes['chain']).toBe('too long')
  })
})
