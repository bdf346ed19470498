import { describe, expect, test } from '@jest/globals'
import { setUp } from '../../src/execution/set_up.ts'
import { readNotebook } from '../../src/jupyter/notebook.ts'
import { map } from './translators/translator_cases.ts'

const kernel = { name: 'python3', language: 'python' }
const none = { parameters: new Map(), secrets: [] }
const secrets = [{ name: 'api_key', value: 's3cret' }]

function notebook(defaults: string | null) {
  const metadata = { tags: defaults === null ? [] : ['parameters'] }
  const cell = { cell_type: 'code', metadata, source: defaults ?? '1' }
  return readNotebook({ nbformat: 4, nbformat_minor: 4, cells: [cell] }, '/n.ipynb')
}

describe('setUp()', () => {
  test('asks for no translator when there is nothing to set', () => {
    const before = notebook(null)
    const unknown = { name: 'xcobol', language: 'cobol' }
    expect(setUp(before, none, unknown)).toEqual({ notebook: before, secrets: [], warnings: [] })
  })

  test.each([[{ ...none, parameters: map({ a: 1n }) }], [{ ...none, secrets }]])(
    'refuses to set anything in a language that it does not know',
    (inputs) => {
      const attempt = () => setUp(notebook(null), inputs, { name: 'xcobol', language: 'cobol' })
      expect(attempt).toThrow(
        'Cannot set parameters or secrets: nbtrigger does not know the language of ' +
          'the kernel "xcobol" (language "cobol")',
      )
    },
  )

  test('keeps secrets out of the notebook', () => {
    const before = notebook('a = 1')
    const inputs = { parameters: map({ a: 2n }), secrets }
    const { notebook: after, secrets: statements, warnings } = setUp(before, inputs, kernel)
    expect(statements).toEqual([{ name: 'api_key', code: 'api_key = "s3cret"' }])
    expect(after.cells.map(({ source }) => source)).toEqual(['a = 1', '# Parameters\na = 2\n'])
    expect(JSON.stringify(after)).not.toContain('s3cret')
    expect(warnings).toEqual([])
  })

  test('refuses a secret by its name alone', () => {
    const inputs = { ...none, secrets: [{ name: 'a b', value: 's3cret' }] }
    expect(() => setUp(notebook(null), inputs, kernel)).toThrow(
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
  ])('of the defaults %j and the parameters %j warns of %j', (defaults, names, warnings) => {
    const parameters = new Map(names.map((name) => [name, 1n]))
    const told = setUp(notebook(defaults), { parameters, secrets }, kernel).warnings
    expect(told).toEqual(
      warnings.map((part) =>
        typeof part === 'string' ? expect.stringContaining(part) : expect.stringMatching(part),
      ),
    )
  })

  test('warns of so many unknown parameters and no more', () => {
    const parameters = new Map(Array.from({ length: 50 }, (_, count) => [`p${count}`, 1n]))
    const { warnings } = setUp(notebook('region = 1'), { ...none, parameters }, kernel)
    expect(warnings).toHaveLength(21)
    expect(warnings.at(-1)).toBe('The same is so of 30 more parameters')
  })
})
