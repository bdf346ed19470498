import { describe, expect, test } from '@jest/globals'
import { type Notebook, readNotebook } from '../../src/jupyter/nbformat.ts'
import { injectParameters, prepareParameters } from '../../src/parameters/inject.ts'
import { bash } from '../../src/parameters/translators/bash.ts'
import { python } from '../../src/parameters/translators/python.ts'
import { map } from './translators/translator_cases.ts'

type Raw = Readonly<Record<string, unknown>>

const parameters = map({ region: 'eu', limit: 5n })
const source = '# Parameters\nregion = "eu"\nlimit = 5\n'

function cell(id: string, ...tags: readonly string[]): Raw {
  const metadata = { tags, kept: true }
  return { cell_type: 'code', id, metadata, source: id, outputs: [], execution_count: 7 }
}

function notebook(cells: readonly Raw[], minor = 5): Notebook {
  const content = { nbformat: 4, nbformat_minor: minor, metadata: { kept: 1 }, cells, extra: 2 }
  return readNotebook(content, '/n.ipynb')
}

function idsOf({ cells }: Notebook): readonly (string | null)[] {
  return cells.map(({ id }) => id)
}

const injected = {
  cell_type: 'code',
  id: 'injected-parameters',
  metadata: { tags: ['injected-parameters'] },
  execution_count: null,
  outputs: [],
  source,
}

describe('injectParameters()', () => {
  test('returns the same notebook without parameters', () => {
    const before = notebook([cell('a', 'parameters')])
    expect(injectParameters(before, new Map(), python)).toBe(before)
  })

  test.each<[string, Raw[], string[]]>([
    ['first, without tags', [cell('a'), cell('b')], ['new', 'a', 'b']],
    ['first, of an empty notebook', [], ['new']],
    [
      'behind the defaults',
      [cell('a'), cell('b', 'parameters'), cell('c')],
      ['a', 'b', 'new', 'c'],
    ],
    [
      'behind the first defaults',
      [cell('a', 'parameters'), cell('b', 'parameters')],
      ['a', 'new', 'b'],
    ],
    [
      'in place of the last injection',
      [cell('a', 'parameters'), cell('b'), cell('c', 'injected-parameters'), cell('d')],
      ['a', 'b', 'new', 'd'],
    ],
    [
      'in place of the first injection',
      [cell('a', 'injected-parameters'), cell('b', 'x', 'injected-parameters')],
      ['new', 'b'],
    ],
  ])('inserts the new cell %s', (_, cells, ids) => {
    const after = injectParameters(notebook(cells), parameters, python)
    expect(idsOf(after)).toEqual(ids.map((id) => (id === 'new' ? 'injected-parameters' : id)))
    expect(after.cells.map(({ index }) => index)).toEqual(ids.map((_each, index) => index))
    expect(after.content['cells']).toEqual(
      ids.map((id) => (id === 'new' ? injected : cells.find((raw) => raw['id'] === id))),
    )
  })

  test('changes neither other cells nor its argument', () => {
    const before = notebook([cell('a', 'parameters')])
    const copy = structuredClone(before)
    const after = injectParameters(before, parameters, python)
    expect(before).toEqual(copy)
    expect({ ...after.content, cells: [] }).toEqual({ ...before.content, cells: [] })
  })

  test('changes nothing when repeated', () => {
    const once = injectParameters(notebook([cell('a', 'parameters')]), parameters, python)
    expect(injectParameters(once, parameters, python)).toEqual(once)
    const other = injectParameters(once, map({ region: 'us' }), python)
    expect(other.cells[1]?.source).toBe('# Parameters\nregion = "us"\n')
    expect(other.cells).toHaveLength(2)
  })

  test('uses an unused id', () => {
    const cells = [cell('injected-parameters'), cell('injected-parameters-2')]
    const after = injectParameters(notebook(cells), parameters, python)
    expect(after.cells[0]?.id).toBe('injected-parameters-3')
  })

  test('adds no id before nbformat 4.5', () => {
    const after = injectParameters(notebook([cell('a')], 4), parameters, python)
    expect(after.cells[0]).toEqual({ index: 0, id: null, type: 'code', source })
    expect(after.content['cells']).toContainEqual(
      expect.not.objectContaining({ id: expect.anything() }),
    )
  })

  test.each([
    [map({ 'a b': 1n }), python, 'Cannot set the parameter "a b": Python has no such name'],
    [
      map({ 'x = 1; y': 1n }),
      python,
      'Cannot set the parameter "x = 1; y": Python has no such name',
    ],
    [
      map({ a: [[]] }),
      bash,
      'Cannot set the parameter "a": bash has no list or map inside another',
    ],
  ])('refuses %p', (wrong, translator, reason) => {
    const attempt = () => injectParameters(notebook([]), wrong, translator)
    expect(attempt).toThrow(expect.objectContaining({ code: 'ARGUMENTS_INVALID' }))
    expect(attempt).toThrow(reason)
  })
})

const kernel = { name: 'python3', language: 'python' }
const none = { parameters: new Map(), secrets: [] }
const secrets = [{ name: 'api_key', value: 's3cret' }]

function notebookToSetUp(defaults: string | null) {
  const metadata = { tags: defaults === null ? [] : ['parameters'] }
  const parametersCell = { cell_type: 'code', metadata, source: defaults ?? '1' }
  return readNotebook({ nbformat: 4, nbformat_minor: 4, cells: [parametersCell] }, '/n.ipynb')
}

describe('prepareParameters()', () => {
  test('needs no translator when there is nothing to set', () => {
    const before = notebookToSetUp(null)
    const unknown = { name: 'xcobol', language: 'cobol' }
    expect(prepareParameters(before, none, unknown)).toEqual({
      notebook: before,
      secrets: [],
      warnings: [],
    })
  })

  test.each([[{ ...none, parameters: map({ a: 1n }) }], [{ ...none, secrets }]])(
    'refuses to set anything in an unknown language',
    (inputs) => {
      const attempt = () =>
        prepareParameters(notebookToSetUp(null), inputs, { name: 'xcobol', language: 'cobol' })
      expect(attempt).toThrow(
        'Cannot set parameters or secrets: nbtrigger does not know the language of ' +
          'the kernel "xcobol" (language "cobol")',
      )
    },
  )

  test('keeps secrets out of the notebook', () => {
    const before = notebookToSetUp('a = 1')
    const inputs = { parameters: map({ a: 2n }), secrets }
    const {
      notebook: after,
      secrets: statements,
      warnings,
    } = prepareParameters(before, inputs, kernel)
    expect(statements).toEqual([{ name: 'api_key', code: 'api_key = "s3cret"' }])
    expect(after.cells.map(({ source: text }) => text)).toEqual(['a = 1', '# Parameters\na = 2\n'])
    expect(JSON.stringify(after)).not.toContain('s3cret')
    expect(warnings).toEqual([])
  })

  test('refuses a secret with an invalid name', () => {
    const inputs = { ...none, secrets: [{ name: 'a b', value: 's3cret' }] }
    expect(() => prepareParameters(notebookToSetUp(null), inputs, kernel)).toThrow(
      'Cannot set the secret "a b": Python has no such name',
    )
  })

  test.each([
    ['region = 1', ['region'], []],
    ['region: str = 1', ['region'], []],
    ['lo, hi = 0, 1\ny = 1; x = 2', ['lo', 'hi', 'y', 'x'], []],
    ['region: Annotated[str, dict(a=1)] = 1', ['region'], []],
    ['region = dict(\n    depth=1,\n)', ['depth'], ['does not know the parameter "depth"']],
    ['region = 1', ['regoin'], ['"regoin"; did you mean "region"?']],
    ['region = 1', ['other'], [/does not know the parameter "other"$/]],
    ['', ['a', 'b'], ['"a"', '"b"']],
    [null, ['a', 'b'], ['no cell tagged "parameters": they were put at its top']],
    ['api_key = None', [], ['cell overwrites the secret "api_key"']],
    [null, [], []],
  ])('warns for the defaults %j and the parameters %j of %j', (defaults, names, warnings) => {
    const given = new Map(names.map((name) => [name, 1n]))
    const told = prepareParameters(
      notebookToSetUp(defaults),
      { parameters: given, secrets },
      kernel,
    ).warnings
    expect(told).toEqual(
      warnings.map((part) =>
        typeof part === 'string' ? expect.stringContaining(part) : expect.stringMatching(part),
      ),
    )
  })

  test('limits the number of warnings of unknown parameters', () => {
    const given = new Map(Array.from({ length: 50 }, (_, count) => [`p${count}`, 1n]))
    const { warnings } = prepareParameters(
      notebookToSetUp('region = 1'),
      { ...none, parameters: given },
      kernel,
    )
    expect(warnings).toHaveLength(21)
    expect(warnings.at(-1)).toBe('The same applies to 30 more parameters')
  })
})
