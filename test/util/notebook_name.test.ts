import { describe, expect, test } from '@jest/globals'
import { notebookName } from '../../src/util/notebook_name.ts'

describe('notebookName()', () => {
  test.each([
    { address: '/reports/daily.ipynb', name: 'daily' },
    { address: 'gs://bucket/daily.ipynb#17', name: 'daily' },
    { address: 'https://example.com/v1.2/daily', name: 'daily' },
    { address: '/issue #3.ipynb', name: 'issue #3' },
    { address: 'notebookContent', name: 'notebookContent' },
    { address: '-', name: '-' },
    { address: '', name: '' },
  ])('gives $name for $address', ({ address, name }) => {
    expect(notebookName(address)).toBe(name)
  })
})
