import { describe, expect, test } from '@jest/globals'
import { nextArgs, resultText } from '../../src/pubsub/chain.ts'
import { requestOf } from '../request/request_of.ts'
import { errorTextOf } from '../request/error_text_of.ts'

const run = {
  outcome: 'succeeded',
  notebook: '/my reports/first.ipynb',
  runId: 'r-1',
  result: '15',
  output: 'gs://bucket/first 1.ipynb',
}
const env = { JUPYTER_SERVER: 'host', JUPYTER_TOKEN: 't', NBTRIGGER_ALLOW_HTTP: '1' }

describe('nextArgs()', () => {
  test('fills in the values of -p and -r, each as one argument', () => {
    const next = `/b.ipynb -r from {notebook} -p=total {result} --raw saved "at {output}" -p id {run_id}`
    const args = nextArgs(next, run)
    const { parameters, notebook } = requestOf(args, env, 'function')
    expect(notebook.describe()).toBe('/b.ipynb')
    expect(args).toContain('/my reports/first.ipynb')
    expect([...parameters.keys()].toSorted()).toEqual(['from', 'id', 'saved', 'total'])
    expect(args.slice(-4)).toEqual(['at gs://bucket/first 1.ipynb', '-p', 'id', 'r-1'])
  })

  test('leaves everything else unchanged, including the placeholders of -o', () => {
    const next = `/{notebook}.ipynb -o /archive/{run_id}.ipynb -y '{x: 1}' -r {result} {result}`
    expect(nextArgs(next, run)).toEqual([
      '/{notebook}.ipynb',
      '-o',
      '/archive/{run_id}.ipynb',
      '-y',
      '{x: 1}',
      '-r',
      '{result}',
      '15',
    ])
  })

  test.each(['--verbose', '-o', '--output=/x.ipynb', '-p', '--timeout=1'])(
    'never turns a value of the report into a flag: %s',
    (result) => {
      const errorText = errorTextOf(() => nextArgs('/b.ipynb -r x {result}', { ...run, result }))
      expect(errorText).toMatch(
        /^ARGUMENTS_INVALID: Cannot run what comes next: .* would be the flag .*; put text before it/,
      )
    },
  )

  test.each(['a b --verbose', '"; -p y 1', "' -o /x.ipynb", '-5', '{run_id}', '\n--verbose', ''])(
    'keeps %j as one value',
    (result) => {
      expect(nextArgs('/b.ipynb -r x {result} --verbose', { ...run, result })).toEqual([
        '/b.ipynb',
        '-r',
        'x',
        result,
        '--verbose',
      ])
    },
  )

  test('suggests the closest placeholder', () => {
    const errorText = errorTextOf(() => nextArgs('/b.ipynb -r x {resul}', run))
    expect(errorText).toBe(
      'ARGUMENTS_INVALID: Cannot fill in "{resul}" in NBTRIGGER_NEXT: there is no such value; ' +
        'did you mean "{result}"?',
    )
  })
})

describe('resultText()', () => {
  test.each([
    { name: 'a text of Python', shown: "'it'", text: 'it' },
    { name: 'one with a quote', shown: '"it\'s"', text: "it's" },
    { name: 'one with both quotes', shown: `'it\\'s "it"'`, text: `it's "it"` },
    { name: 'one with signs that cannot be seen', shown: String.raw`'a\tb\n\x00\\n\u2028\U0010ffff'`, text: 'a\tb\n\0\\n\u2028\u{10ffff}' }, // prettier-ignore
    { name: 'one that is empty', shown: "''", text: '' },
    { name: 'one beyond ASCII', shown: "'größe 🙂'", text: 'größe 🙂' },
    { name: 'one that looks like a number', shown: "'007'", text: '007' },
    { name: 'a text of R', shown: String.raw`[1] "say \"it\""`, text: 'say "it"' },
    { name: 'what was printed', shown: 'it\n', text: 'it' },
    { name: 'lines that were printed', shown: 'one\n two\n\n', text: 'one\n two\n' },
    { name: 'a line that Windows ends', shown: 'it\r\n', text: 'it' },
    { name: 'quotes that were printed', shown: "'it'\n", text: "'it'" },
  ])('reads $name', ({ shown, text }) => {
    expect(resultText(shown)).toBe(text)
  })

  test.each([
    '',
    '15',
    '-0.5',
    "['a', 'b']",
    "('a', 'b')",
    "'a', 'b'",
    '[1] "a" "b"',
    '[1] 15',
    "b'it'",
    "PosixPath('it')",
    "'",
    '"it\'',
    "'it",
    String.raw`'it\'`,
    String.raw`'\ud800'`,
    String.raw`'\U00110000'`,
    String.raw`'\d'`,
    "'two\nlines'",
    'plain text',
  ])('keeps %j unchanged', (shown) => {
    expect(resultText(shown)).toBe(shown)
  })
})
