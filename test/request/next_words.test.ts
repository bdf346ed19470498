import { describe, expect, test } from '@jest/globals'
import { readRequest } from '../../src/request/read_request.ts'
import { nextWords } from '../../src/request/next_words.ts'
import { refusalOf } from './refusal_of.ts'

const run = {
  outcome: 'succeeded',
  notebook: '/my reports/first.ipynb',
  runId: 'r-1',
  result: '15',
  output: 'gs://bucket/first 1.ipynb',
}
const env = { JUPYTER_SERVER: 'host', JUPYTER_TOKEN: 't', NBTRIGGER_ALLOW_HTTP: '1' }

describe('nextWords()', () => {
  test('fills in the values of -p and -r, each as one word', () => {
    const next = `/b.ipynb -r from {notebook} -p=total {result} --raw saved "at {output}" -p id {run_id}`
    const words = nextWords(next, run)
    const { parameters, notebook } = readRequest(words, env, 'function')
    expect(notebook).toBe('/b.ipynb')
    expect(words).toContain('/my reports/first.ipynb')
    expect([...parameters.keys()].toSorted()).toEqual(['from', 'id', 'saved', 'total'])
    expect(words.slice(-4)).toEqual(['at gs://bucket/first 1.ipynb', '-p', 'id', 'r-1'])
  })

  test('leaves everything else as it is, so that -o has placeholders of its own', () => {
    const next = `/{notebook}.ipynb -o /archive/{run_id}.ipynb -y '{x: 1}' -r {result} {result}`
    expect(nextWords(next, run)).toEqual([
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
    'never makes a flag of what a report holds: %s',
    (result) => {
      const refusal = refusalOf(() => nextWords('/b.ipynb -r x {result}', { ...run, result }))
      expect(refusal).toMatch(
        /^ARGUMENTS_INVALID: Cannot run what comes next: .* would be the flag/,
      )
    },
  )

  test.each(['a b --verbose', '"; -p y 1', "' -o /x.ipynb", '-5', '{run_id}', '\n--verbose', ''])(
    'keeps %j one value',
    (result) => {
      expect(nextWords('/b.ipynb -r x {result} --verbose', { ...run, result })).toEqual([
        '/b.ipynb',
        '-r',
        'x',
        result,
        '--verbose',
      ])
    },
  )

  test('names the placeholder that was meant', () => {
    const refusal = refusalOf(() => nextWords('/b.ipynb -r x {resul}', run))
    expect(refusal).toBe(
      'ARGUMENTS_INVALID: Cannot fill in "{resul}" in NBTRIGGER_NEXT: did you mean "{result}"?',
    )
  })
})
