import { describe, expect, test } from '@jest/globals'
import { cellTitleWithCode, cellWithCode, firstLine } from '../../src/util/cell_name.ts'

describe('cellWithCode()', () => {
  test.each([
    { name: 'the first line', index: 3, source: 'df = load()\ndf', shown: 'cell 3 (df = load())' },
    { name: 'no empty lines', index: 0, source: '\n  \n  1/0\n', shown: 'cell 0 (1/0)' },
    { name: 'nothing without code', index: 0, source: ' \n', shown: 'cell 0' },
    {
      name: 'no code of the injected cell',
      index: null,
      source: 'n = 1',
      shown: 'the injected cell',
    },
    {
      name: 'no control characters',
      index: 1,
      source: '\u001b[31mred\u202e',
      shown: 'cell 1 (red)',
    },
  ])('shows $name', ({ index, source, shown }) => {
    expect(cellWithCode({ index, source })).toBe(shown)
    expect(cellTitleWithCode({ index, source }).toLowerCase()).toBe(shown)
  })

  test('cuts a long line', () => {
    expect(firstLine('x'.repeat(100))).toBe(`${'x'.repeat(59)}…`)
  })
})
