import { describe, expect, test } from '@jest/globals'
import { fieldWords, fields } from '../../src/request/json_fields.ts'
import type { ParameterValue } from '../../src/parameter.ts'
import { options } from '../../src/request/options.ts'
import { refusalOf } from './refusal_of.ts'

function words(body: Readonly<Record<string, ParameterValue>>): readonly string[] {
  return fieldWords(new Map(Object.entries(body)), ['parameters'])
}

describe('fields', () => {
  test('are the options that a message may have, but those that set parameters', () => {
    const allowed = options.filter(({ commandOnly }) => !commandOnly).map(({ name }) => name)
    const named = [...fields.values()].map(({ option }) => option.name)
    const setting = ['parameter', 'raw', 'yaml', 'base64']
    expect([...named, ...setting].toSorted()).toEqual(allowed.toSorted())
    expect([...fields.keys()]).toEqual(
      expect.arrayContaining(['useHttps', 'cellTimeout', 'kernelId', 'secrets', 'output']),
    )
  })
})

describe('fieldWords()', () => {
  test.each<readonly [string, ParameterValue, readonly string[]]>([
    ['useHttps', true, ['--use-https']],
    ['useHttps', false, []],
    ['timeout', 90n, ['--timeout=90']],
    ['cellTimeout', 0.5, ['--cell-timeout=0.5']],
    ['kernel', '--json', ['--kernel=--json']],
    ['output', '/a.ipynb', ['--output=/a.ipynb']],
    ['output', ['/a.ipynb', 'gs://b/c.html'], ['--output=/a.ipynb', '--output=gs://b/c.html']],
    ['secrets', new Map([['pass', 'VARIABLE']]), ['--secret=pass', 'VARIABLE']],
    ['parameters', new Map([['useHttps', 5n]]), []],
  ])('makes words of %s: %j', (name, value, expected) => {
    expect(words({ [name]: value })).toEqual(expected)
  })

  test.each<readonly [string, ParameterValue, string]>([
    ['useHttp', true, 'there is no such field; did you mean "useHttps"?'],
    ['parameter', null, 'did you mean "parameters"?'],
    ['zebra', null, 'see "/openapi.json"'],
    ['file', '/etc/passwd', 'there is no such field'],
    ['json', true, 'there is no such field'],
    ['useHttps', 'yes', 'it is not true or false'],
    ['useHttps', null, 'it is not true or false'],
    ['timeout', '90', 'it is not a number'],
    ['kernel', 5n, 'it is not a text'],
    ['output', [5n], 'it is not a text'],
    ['secrets', ['a'], 'it is not an object of texts'],
    ['secrets', new Map([['a', 5n]]), '"secrets.a": it is not a text'],
  ])('refuses %s: %j', (name, value, reason) => {
    expect(refusalOf(() => words({ [name]: value }))).toContain(reason)
  })
})
