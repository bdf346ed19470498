import { describe, expect, test } from '@jest/globals'
import { reportedError, serviceOf } from '../../src/reporting/error_reporting.ts'
import { failedReport, sampleReport } from './sample_events.ts'

const type = 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent'

describe('reportedError()', () => {
  test('names the notebook and the cell, by which failures are grouped', () => {
    expect(
      reportedError(failedReport, { service: 'nbtrigger', version: 'nbtrigger-00001' }),
    ).toEqual({
      '@type': type,
      serviceContext: { service: 'nbtrigger', version: 'nbtrigger-00001' },
      context: { reportLocation: { filePath: '/workspaces/x.ipynb', functionName: 'cell 3' } },
    })
  })

  test('names the code of an error without a cell or a notebook', () => {
    const error = { code: 'ARGUMENTS_INVALID', message: 'Cannot', retryable: false } as const
    expect(reportedError(sampleReport({ notebook: null, error }), null)).toEqual({
      '@type': type,
      context: { reportLocation: { filePath: 'no notebook', functionName: 'ARGUMENTS_INVALID' } },
    })
  })
})

describe('serviceOf()', () => {
  test('returns the name of the Cloud Run service, and null elsewhere', () => {
    const K_SERVICE = 'nbtrigger'
    expect(serviceOf({ K_SERVICE, K_REVISION: 'r1' })).toEqual({
      service: K_SERVICE,
      version: 'r1',
    })
    expect(serviceOf({})).toBeNull()
  })
})
