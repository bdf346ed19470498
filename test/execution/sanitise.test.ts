import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { validNotebook } from '../../src/execution/sanitise.ts'
import { validateNotebooks } from '../support/validate_notebook.ts'

const code = { cell_type: 'code', source: '', outputs: [], execution_count: null, metadata: {} }
const words = { cell_type: 'markdown', source: [], metadata: {} }
const raw = { cell_type: 'raw', source: 'a', metadata: {} }
const whole = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }

function cellOf(cell: object): unknown {
  const [mended] = Object.values(
    validNotebook({ ...whole, cells: [{ id: 'a', ...cell }] })['cells'] ?? [],
  )
  return mended
}

function metadataOf(metadata: unknown, cell: object = code): unknown {
  return Object(cellOf({ ...cell, metadata }))['metadata']
}

describe('validNotebook()', () => {
  test('returns a valid notebook unchanged', () => {
    const good = {
      ...whole,
      metadata: {
        kernelspec: { name: 'a', display_name: 'b', language: 'c' },
        language_info: { name: 'a', codemirror_mode: { name: 'b' }, version: 3 },
        title: 't',
        authors: [{ name: 'n' }],
        mine: { any: [1] },
      },
      cells: [
        { ...code, id: 'one', metadata: { tags: ['a'], collapsed: true, scrolled: 'auto', x: 1 } },
        { ...words, id: 'two', attachments: { a: { 'image/png': 'x', 'application/json': {} } } },
        {
          ...raw,
          id: 'three',
          metadata: { format: 'text/html', jupyter: { source_hidden: true } },
        },
      ],
    }
    expect(validNotebook(good)).toEqual(good)
  })

  test.each([
    [{ kernelspec: { name: 'a' } }, { kernelspec: { name: 'a', display_name: 'a' } }],
    [{ kernelspec: { display_name: 'a' } }, {}],
    [{ kernelspec: 'a', language_info: 'b', title: 7, authors: 'me', orig_nbformat: 0 }, {}],
    [{ language_info: { name: 'a', mimetype: 7, x: 1 } }, { language_info: { name: 'a', x: 1 } }],
    ['no object', {}],
  ])('repairs the metadata %j', (metadata, expected) => {
    expect(validNotebook({ ...whole, metadata })['metadata']).toEqual(expected)
  })

  test.each([
    [{ tags: 'x' }, { tags: ['x'] }],
    [{ tags: 'a, b,,a' }, { tags: ['a', 'b'] }],
    [{ tags: ['a', 7, 'b,c', '', 'a'] }, { tags: ['a'] }],
    [{ tags: { a: 1 } }, { tags: [] }],
    [{ name: '', collapsed: 'yes', scrolled: 1, jupyter: [], format: 1 }, { format: 1 }],
    [
      { jupyter: { source_hidden: 1, outputs_hidden: true, x: 1 } },
      { jupyter: { outputs_hidden: true, x: 1 } },
    ],
    [{ execution: { a: 'b', c: 1 } }, { execution: { a: 'b' } }],
    [['no object'], {}],
    [null, {}],
  ])('repairs the metadata %j of a code cell', (metadata, expected) => {
    expect(metadataOf(metadata)).toEqual(expected)
  })

  test('checks the fields of each type of cell', () => {
    const metadata = { format: 1, collapsed: 1 }
    expect(metadataOf(metadata, raw)).toEqual({ collapsed: 1 })
    expect(metadataOf(metadata, words)).toEqual(metadata)
    expect(cellOf({ ...words, outputs: [], mine: 1 })).toEqual({ ...words, id: 'a' })
    const data = { 'text/plain': 1, 'image/png': ['a'], 'application/x+json': { a: 1 } }
    const { 'text/plain': _, ...good } = data
    expect(cellOf({ ...words, attachments: { a: data, b: 1 } })).toMatchObject({
      attachments: { a: good, b: {} },
    })
    expect(cellOf({ ...code, attachments: {} })).toEqual({ ...code, id: 'a' })
  })

  test.each([
    [
      5,
      [1, 'a', 'a', undefined, 'cell-0', '', 'x'.repeat(65)],
      ['cell-0-', 'a', 'cell-2', 'cell-3', 'cell-0', 'cell-5', 'cell-6'],
    ],
    [4, ['a', undefined], [undefined, undefined]],
    ['5', ['a'], ['a']],
    [1.5e308, [undefined], ['cell-0']],
  ])('gives the cells of minor version %j with the ids %j valid ids', (minor, ids, expected) => {
    const cells = ids.map((id) => ({ ...words, ...(id === undefined ? {} : { id }) }))
    const { cells: mended } = validNotebook({ ...whole, nbformat_minor: minor, cells })
    expect(Object.values(mended ?? []).map((cell) => Object(cell)['id'])).toEqual(expected)
  })

  test.each([4.5, -1, 1.5e308, 2n ** 70n, '5', null])('replaces the minor version %p', (minor) => {
    expect(validNotebook({ ...whole, nbformat_minor: minor })['nbformat_minor']).toBe(5)
  })

  test('makes any metadata valid for nbformat', async () => {
    await validateNotebooks(fc.sample(damaged, 200).map(validNotebook))
  })
})

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    'a',
    'a,b',
    'a\n',
    -1,
    0,
    1.5,
    2n ** 70n,
    true,
    null,
    [],
    ['a', 'a'],
    [1],
    {},
  ),
  fc.constantFrom<unknown>({ name: 'n' }, { name: 1 }, { display_name: 'd' }, { source_hidden: 1 }),
  fc.jsonValue({ depthSize: 'small' }),
)
const oddFields = (...names: readonly string[]) =>
  fc.record(Object.fromEntries([...names, '__proto__'].map((name) => [name, odd])), {
    requiredKeys: [],
  })
const oddly = <T>(good: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: odd })

const cellMetadata = oddly(
  oddFields('tags', 'name', 'jupyter', 'execution', 'collapsed', 'scrolled', 'format', 'mine'),
)
const cell = fc
  .record({
    cell: fc.constantFrom(code, words, raw),
    metadata: cellMetadata,
    rest: oddFields('id', 'attachments', 'mine'),
  })
  .map(({ cell: good, metadata, rest }) => ({ ...good, ...rest, metadata }))
const damaged = fc
  .record({
    minor: oddly(fc.constantFrom(0, 1, 2, 3, 4, 5)),
    metadata: oddly(
      oddFields('kernelspec', 'language_info', 'orig_nbformat', 'title', 'authors', 'widgets'),
    ),
    cells: fc.array(cell, { maxLength: 4 }),
    rest: oddFields('mine', 'worksheets'),
  })
  .map(({ minor, metadata, cells, rest }) => {
    return { ...rest, nbformat: 4, nbformat_minor: minor, metadata, cells }
  })
