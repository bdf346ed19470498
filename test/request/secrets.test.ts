import { describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../src/request/arguments.ts'
import { readRequest } from '../../src/request/read_request.ts'
import { readSecrets, secretsAsked } from '../../src/request/secrets.ts'
import { refusalOf } from './refusal_of.ts'

const env = {
  JUPYTER_TOKEN: 't0ken',
  NBTRIGGER_RESULT_TOPIC: 'topic',
  API_KEY: ' s3cret\n',
  PIN: '123',
  EMPTY: '',
  LINES: '-----BEGIN KEY-----\nMIIEvQIBADANBg\nshort\n',
}

describe('readSecrets()', () => {
  test('takes the values from the environment as they are', () => {
    const words = ['--secret', 'key', 'API_KEY', '--secret=lines', 'LINES']
    expect(readSecrets(parseArguments(words).repeated, env)).toEqual([
      { name: 'key', value: ' s3cret\n' },
      { name: 'lines', value: env.LINES },
    ])
  })

  test.each([
    ['MISSING', 'it is not set or empty where nbtrigger runs'],
    ['EMPTY', 'it is not set or empty where nbtrigger runs'],
    ['toString', 'it is not set or empty where nbtrigger runs'],
    ['JUPYTER_TOKEN', 'it is for nbtrigger alone'],
    ['NBTRIGGER_RESULT_TOPIC', 'it is for nbtrigger alone'],
    ['PIN', 'it has fewer than 4 characters, too few to be masked in output'],
  ])('refuses the variable %s', (variable, reason) => {
    const { repeated } = parseArguments(['--secret', 'key', variable])
    const refusal = refusalOf(() => readSecrets(repeated, env))
    expect(refusal).toContain(
      `ARGUMENTS_INVALID: Cannot take a secret from the variable "${variable}": ${reason}`,
    )
    expect(refusal).not.toContain('123')
  })

  test('readRequest() refuses a name that is both a parameter and a secret', () => {
    const words = ['localhost', '/a.ipynb', '-p', 'key', '1', '--secret', 'key', 'API_KEY']
    expect(refusalOf(() => readRequest(words, env, 'command'))).toMatch(
      /^ARGUMENTS_INVALID: Cannot set "key": it is given as a parameter and as a secret/,
    )
  })

  test('readRequest() reads no file where nobody lends one', () => {
    const words = ['localhost', '/a.ipynb', '-f', '/etc/passwd']
    expect(refusalOf(() => readRequest(words, env, 'command'))).toContain('there are no files')
    expect(refusalOf(() => readRequest(words, env, 'function'))).toContain(
      'Cannot use "--file" in a message',
    )
  })
})

describe('secretsAsked()', () => {
  test('gives each value as it is, trimmed, and by its longer lines', () => {
    const words = ['--secret', 'a', 'API_KEY', '--secret', 'b', 'LINES', '--secret', 'c', 'NONE']
    expect(secretsAsked(() => words, env)).toEqual([
      ' s3cret\n',
      's3cret',
      env.LINES,
      env.LINES.trim(),
      '-----BEGIN KEY-----',
      'MIIEvQIBADANBg',
    ])
  })

  test.each([
    ['cannot be read', () => ['--secret', 'a', 'API_KEY', '--frobnicate']],
    ['cannot be had', () => { throw new Error('no words') }], // prettier-ignore
  ])('gives none of words that %s', (_, words) => {
    expect(secretsAsked(words, env)).toEqual([])
  })
})
