import { describe, expect, test } from '@jest/globals'
import { codeCellsOf, readNotebook, unknownCellsWarning } from '../../src/jupyter/nbformat.ts'

function cell(source: unknown, cell_type: unknown = 'code') {
  return { cell_type, id: 'c', source, metadata: {} }
}

describe('readNotebook()', () => {
  test('readNotebook() reads the cells and the kernel, and keeps everything else', () => {
    const content = {
      cells: [cell('# title', 'markdown'), cell(['a = 1\n', 'a'])],
      metadata: { kernelspec: { name: 'python3', language: 'python' }, tags: ['kept'] },
      nbformat: 4,
    }
    expect(readNotebook(content, '/n.ipynb')).toEqual({
      cells: [
        { index: 0, id: 'c', type: 'markdown', source: '# title' },
        { index: 1, id: 'c', type: 'code', source: 'a = 1\na' },
      ],
      kernelName: 'python3',
      language: 'python',
      content,
    })
  })

  test.each([
    [{}, null, null],
    [null, null, null],
    [{ kernelspec: { name: '' }, language_info: { name: 'R' } }, null, 'R'],
    [{ kernelspec: { name: 'ir' }, language_info: { name: 'R' } }, 'ir', 'R'],
    [{ kernelspec: { name: 'x', language: 'julia' }, language_info: { name: 'R' } }, 'x', 'julia'],
  ])(
    'readNotebook() reads from metadata %j the kernel %j and the language %j',
    (metadata, name, language) => {
      const notebook = readNotebook({ cells: [], metadata }, '/n.ipynb')
      expect(notebook).toMatchObject({ kernelName: name, language })
    },
  )

  test('readNotebook() reads 10,000 cells, and throws NOTEBOOK_INVALID when there are more', () => {
    const cells = Array.from({ length: 10_000 }, () => cell(''))
    expect(readNotebook({ cells }, '/n.ipynb').cells).toHaveLength(10_000)
    const more = { cells: [...cells, cell('')] }
    const message =
      'Cannot read "/n.ipynb" as a notebook: it has 10001 cells, more than the 10000 that are run; ' +
      'divide it into several notebooks'
    expect(() => readNotebook(more, '/n.ipynb')).toThrow(
      expect.objectContaining({ code: 'NOTEBOOK_INVALID', message }),
    )
  })

  test('readNotebook() returns null when a cell has no id', () => {
    const notebook = readNotebook({ cells: [{ cell_type: 'code', source: '' }] }, '/n.ipynb')
    expect(notebook.cells[0]?.id).toBeNull()
  })

  test.each([
    [undefined, 'it has no list of cells'],
    ['text', 'it has no list of cells'],
    [{ cells: {} }, 'it has no list of cells'],
    [{ worksheets: [] }, 'it has no list of cells'],
    [{ cells: [7] }, 'its cell 0 is not an object'],
    [{ cells: [cell(''), cell('', 7)] }, 'its cell 1 has the type 7'],
    [{ cells: [{ source: '' }] }, 'its cell 0 has the type null'],
    [{ cells: [cell(7)] }, 'its cell 0 has no source text'],
    [{ cells: [cell(['a', 7])] }, 'its cell 0 has no source text'],
  ])('readNotebook() throws NOTEBOOK_INVALID when the content is %j', (content, reason) => {
    const message = `Cannot read "/n.ipynb" as a notebook: ${reason}`
    expect(() => readNotebook(content, '/n.ipynb')).toThrow(
      expect.objectContaining({ code: 'NOTEBOOK_INVALID', message }),
    )
  })
})

describe('cells of a type that nbformat 4 does not define', () => {
  const drawing = { cell_type: 'dra\nwing', id: 'd', shapes: [1] }

  test('are kept, with or without a source', () => {
    const cells = [cell('a'), drawing, cell('x', 'sql')]
    expect(readNotebook({ cells }, '/n.ipynb')).toMatchObject({
      cells: [
        { index: 0, type: 'code' },
        { index: 1, id: 'd', type: 'unknown', source: '' },
        { index: 2, id: 'c', type: 'unknown', source: 'x' },
      ],
      content: { cells },
    })
  })

  test.each([
    [[cell('a')], null],
    [[cell('a'), drawing], 'has the type "dra\\nwing", which nbformat 4 does not have: it is kept'],
    [[cell('a'), drawing, drawing, cell('', 'sql')], 'have (and 2 more such cells): it is kept'],
  ])('%#: give one warning', (cells, warning) => {
    const given = unknownCellsWarning(readNotebook({ cells }, '/n.ipynb'))
    expect(given).toEqual(warning === null ? null : expect.stringContaining(warning))
  })
})

describe('codeCellsOf()', () => {
  test('codeCellsOf() leaves out other cells and cells of white space', () => {
    const cells = [cell('a'), cell(' \n\t'), cell('b', 'markdown'), cell('c', 'raw'), cell(['d'])]
    const codes = codeCellsOf(readNotebook({ cells }, '/n.ipynb'))
    expect(codes.map(({ index, source }) => [index, source])).toEqual([
      [0, 'a'],
      [4, 'd'],
    ])
  })
})
