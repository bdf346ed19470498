import { describe, expect, test } from '@jest/globals'
import { parseArgv } from '../../src/request/argv.ts'
import { readSecrets, secretValues, weakSecretWarnings } from '../../src/request/secrets.ts'
import { requestOf } from './request_of.ts'
import { errorTextOf } from './error_text_of.ts'

const env = {
  JUPYTER_TOKEN: 't0ken',
  NBTRIGGER_RESULT_TOPIC: 'topic',
  API_KEY: ' s3cret\n',
  PIN: '123',
  BLANKS: ' 123  ',
  HUGE: 'x'.repeat(2 ** 20 + 1),
  EMPTY: '',
  LINES: '-----BEGIN KEY-----\nMIIEvQIBADANBg\nshort\n',
}

describe('readSecrets()', () => {
  test('reads the values from the environment unchanged', () => {
    const args = ['--secret', 'key', 'API_KEY', '--secret=lines', 'LINES']
    expect(readSecrets(parseArgv(args), env)).toEqual([
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
    ['BLANKS', 'it has fewer than 4 characters, too few to be masked in output'],
    ['HUGE', 'it has more than 1 MiB, too much to be masked in output; put it into a file'],
  ])('refuses the variable %s', (variable, reason) => {
    const options = parseArgv(['--secret', 'key', variable])
    const errorText = errorTextOf(() => readSecrets(options, env))
    expect(errorText).toContain(
      `ARGUMENTS_INVALID: Cannot take a secret from the variable "${variable}": ${reason}`,
    )
    expect(errorText).not.toContain('123')
  })

  test('createRunRequest() refuses a name that is both a parameter and a secret', () => {
    const args = ['localhost', '/a.ipynb', '-p', 'key', '1', '--secret', 'key', 'API_KEY']
    expect(errorTextOf(() => requestOf(args, env, 'command'))).toMatch(
      /^ARGUMENTS_INVALID: Cannot set "key": it is given as a parameter and as a secret/,
    )
  })

  test('createRunRequest() reads no file without a reader', () => {
    const args = ['localhost', '/a.ipynb', '-f', '/etc/passwd']
    expect(errorTextOf(() => requestOf(args, env, 'command'))).toContain('there are no files')
    expect(errorTextOf(() => requestOf(args, env, 'function'))).toContain(
      'Cannot use "--file" in a message',
    )
  })
})

function warningsOf(token: string, args: readonly string[] = []): readonly string[] {
  return weakSecretWarnings(parseArgv(args), { ...env, JUPYTER_TOKEN: token })
}

describe('weakSecretWarnings()', () => {
  test.each(['test', 'my-token', 'Reports2026', 'secret', '20260301', 'passe-partout', '4f9a2c1'])(
    'warns of the token %s, which may occur in ordinary text',
    (token) => {
      const [warning, ...more] = warningsOf(token)
      expect(warning).toMatch(/^JUPYTER_TOKEN is short or a word: .*; use a long random one$/)
      expect(warning).not.toContain(token)
      expect(more).toEqual([])
    },
  )

  test('warns of a token that is too short to be masked', () => {
    expect(warningsOf('abc')).toEqual([
      'JUPYTER_TOKEN has fewer than 4 characters and is masked nowhere; use a long random one',
    ])
  })

  test('warns once of each variable that contains a secret', () => {
    const args = ['--secret', 'a', 'API_KEY', '--secret', 'b', 'API_KEY']
    expect(warningsOf('test', args).map((text) => text.split(' ')[0])).toEqual([
      'JUPYTER_TOKEN',
      'API_KEY',
    ])
  })

  test.each(['', '4f9a2c1b', 'correct-horse-battery-staple', 'ghp_16C7e42F292c6912E7710c'])(
    'does not warn of the token "%s"',
    (token) => {
      expect(warningsOf(token)).toEqual([])
    },
  )
})

describe('secretValues()', () => {
  test('returns each value unchanged', () => {
    const args = ['--secret', 'a', 'API_KEY', '--secret', 'b', 'LINES', '--secret', 'c', 'NONE']
    expect(secretValues(parseArgv(args), env)).toEqual([' s3cret\n', env.LINES, ''])
  })
})
