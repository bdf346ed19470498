import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RunError } from '../../src/errors.ts'
import type { Caller } from '../../src/request/env.ts'
import { readDoctorRequest, readRequest } from '../../src/request/run_request.ts'
import { splitWords } from '../../src/request/shell_words.ts'
import { refusalOf } from './refusal_of.ts'

const JUPYTER_TOKEN = 't0ken'
const noFile = () => ''

describe('readCheckup()', () => {
  test('needs no notebook', () => {
    const { request, notebookPath } = readDoctorRequest(['host:8888'], { JUPYTER_TOKEN }, noFile)
    expect(request.server.href).toBe('http://host:8888/')
    expect(notebookPath).toBeNull()
  })

  test('takes host and notebook from the environment, and the words of a run as they are', () => {
    const env = { JUPYTER_TOKEN, JUPYTER_SERVER: 'host', JUPYTER_NOTEBOOK: 'a.ipynb' }
    expect(readDoctorRequest([], env, noFile).notebookPath).toBe('/a.ipynb')
    const words = ['host', '/b.ipynb', '-p', 'day', '1', '--timeout', '60', '-k', 'ir']
    expect(readDoctorRequest(words, env, noFile)).toMatchObject({
      notebookPath: '/b.ipynb',
      request: { kernelName: 'ir' },
    })
  })

  test.each([
    [[], 'ARGUMENTS_INVALID: Cannot run a notebook: the host is missing'],
    [['host', '--nonsense'], 'ARGUMENTS_INVALID: Cannot read the argument "--nonsense"'],
    [['x.run.app'], 'HTTP_NOT_ALLOWED'],
  ])('refuses %j as a run does', (words, refusal) => {
    expect(refusalOf(() => readDoctorRequest(words, { JUPYTER_TOKEN }, noFile))).toContain(refusal)
  })
})

const env = { JUPYTER_TOKEN: ' t0ken-4f9a2c1b\n' }
const callers: readonly Caller[] = ['command', 'function', 'http']

describe('readRequest()', () => {
  test('fills in every default', () => {
    expect(readRequest(['localhost:8888', 'a.ipynb'], env, 'command')).toEqual({
      server: new URL('http://localhost:8888/'),
      notebook: '/a.ipynb',
      token: 't0ken-4f9a2c1b',
      idTokenAudience: null,
      ignoredProxy: null,
      parameters: new Map(),
      secrets: [],
      outputs: [],
      kernelName: null,
      kernelId: null,
      keepKernel: false,
      allowErrors: false,
      verbose: false,
      json: false,
      runTimeoutMs: null,
      cellTimeoutMs: null,
      startTimeoutMs: 75_000,
      maxOutputMegabytes: 32,
      warnings: [],
    })
  })

  test('reads every option', () => {
    const words = splitWords(
      `lab.example "/my report.ipynb" --use-https --verbose --base-url user/ann -k ir --keep-kernel
      --timeout 60 --cell-timeout 2.5 --start-timeout=5 --max-output 8 --allow-errors --json
        -o /out/{name}.ipynb --output=gs://bucket/a.html`,
    )
    expect(readRequest(words, env, 'command')).toEqual({
      server: new URL('https://lab.example/user/ann/'),
      notebook: '/my report.ipynb',
      token: 't0ken-4f9a2c1b',
      idTokenAudience: null,
      ignoredProxy: null,
      parameters: new Map(),
      secrets: [],
      outputs: ['/out/{name}.ipynb', 'gs://bucket/a.html'],
      kernelName: 'ir',
      kernelId: null,
      keepKernel: true,
      allowErrors: true,
      verbose: true,
      json: true,
      runTimeoutMs: 60_000,
      cellTimeoutMs: 2_500,
      startTimeoutMs: 5_000,
      maxOutputMegabytes: 8,
      warnings: [],
    })
  })

  test.each([
    ['host /a.ipynb', 'http://host/', '/a.ipynb'],
    ['', 'http://here:1/', '/set.ipynb'],
    ['host', 'http://host/', '/set.ipynb'],
    ['/a', 'http://here:1/', '/a'],
    ['a.ipynb', 'http://here:1/', '/a.ipynb'],
    ['host a', 'http://host/', '/a'],
    ['--verbose', 'http://here:1/', '/set.ipynb'],
  ])('takes from the variables what %j leaves open', (text, server, notebook) => {
    const variables = { ...env, JUPYTER_SERVER: 'here:1', JUPYTER_NOTEBOOK: 'set.ipynb' }
    const request = readRequest(splitWords(text), variables, 'command')
    expect([request.server.href, request.notebook]).toEqual([server, notebook])
  })

  test('takes the base URL from the flag before the variable', () => {
    const variables = { ...env, JUPYTER_BASE_URL: '/set' }
    const words = ['host', '/a.ipynb']
    const given = readRequest([...words, '--base-url', '/'], variables, 'command')
    expect(given.server.pathname).toBe('/')
    expect(readRequest(words, variables, 'command').server.pathname).toBe('/set/')
  })

  test.each([
    ['', 'the host is missing; write "HOST[:PORT]" or set JUPYTER_SERVER'],
    ['/a.ipynb', 'the host is missing; write "HOST[:PORT]" or set JUPYTER_SERVER'],
    ['host', 'the notebook is missing; write "/PATH.ipynb" or set JUPYTER_NOTEBOOK'],
    ['"" /a.ipynb', 'Cannot call the host "": it is empty'],
    ['host ""', 'Cannot use the notebook path "": it names no file'],
    ['/a.ipynb host', 'Cannot call the host "/a.ipynb": it contains a path'],
    ['http://host/a.ipynb', 'it is a URL; write HOST[:PORT], a space, and the path'],
    ['host /a --kernel-id ..', 'Cannot use the kernel id ".."'],
    ['host /a --kernel-id a/b', 'Cannot use the kernel id "a/b"'],
  ])('refuses %j', (text, reason) => {
    const refusal = refusalOf(() => readRequest(splitWords(text), env, 'command'))
    expect(refusal).toMatch(/^ARGUMENTS_INVALID/)
    expect(refusal).toContain(reason)
  })

  test.each(['json', 'help', 'version'])('refuses --%s in a message', (name) => {
    expect(refusalOf(() => readRequest(['h', '/a', `--${name}`], env, 'function'))).toContain(
      `ARGUMENTS_INVALID: Cannot use "--${name}" in a message`,
    )
  })

  test.each([
    ['localhost /a.ipynb --frobnicate', 'ARGUMENTS_INVALID'],
    ['evil.example /../a', 'ARGUMENTS_INVALID'],
    ['evil.example /a', 'HOST_NOT_ALLOWED'],
    ['evil.example /a --use-https', 'HOST_NOT_ALLOWED'],
    ['lab.example /a', 'HTTP_NOT_ALLOWED'],
    ['lab.example /a --use-https', 'TOKEN_MISSING'],
    ['localhost /a', 'TOKEN_MISSING'],
  ])('tells of %j first that it is %s', (text, code) => {
    const variables = { JUPYTER_ALLOWED_HOSTS: 'lab.example,localhost' }
    const refusal = refusalOf(() => readRequest(splitWords(text), variables, 'function'))
    expect(refusal.split(':', 1)).toEqual([code])
  })

  test('throws nothing but a RunError whatever the text is', () => {
    const pieces =
      '-- -k --kernel --timeout --json --base-url = 5 " \\ — @ / .. host :8888 [::1] .ipynb %2e __proto__'
    const parts = fc.constantFrom(...pieces.split(' '), ' ', '\r\n')
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(parts, fc.string())).map((some) => some.join('')),
      fc.array(fc.oneof(parts, fc.string())).map((some) => some.join(' ')),
    )
    fc.assert(
      fc.property(texts, fc.constantFrom(...callers), (text, caller) => {
        const problem = problemOf(() => readRequest(splitWords(text), env, caller))
        expect(problem === null || problem instanceof RunError).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['the variable', [], ['/usual.ipynb']],
    [
      'the flags alone where there are any',
      ['-o', '/a.ipynb', '-o', '/b.html'],
      ['/a.ipynb', '/b.html'],
    ],
  ])('takes the outputs of %s', (_, flags, outputs) => {
    const words = ['localhost:8888', 'a.ipynb', ...flags]
    const usual = { ...env, NBTRIGGER_OUTPUT: '/usual.ipynb' }
    expect(readRequest(words, usual, 'command').outputs).toEqual(outputs)
  })
})

function problemOf(read: () => unknown): unknown {
  try {
    read()
    return null
  } catch (error) {
    return error
  }
}
