import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RunError } from '../../src/errors.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import type { Caller, Env } from '../../src/request/env.ts'
import { parseArgv } from '../../src/request/argv.ts'
import {
  createDoctorRequest,
  createRunRequest,
  type DoctorRequest,
} from '../../src/request/run_request.ts'
import { splitWords } from '../../src/request/shell_words.ts'
import { requestOf } from './request_of.ts'
import { errorTextOf } from './error_text_of.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const JUPYTER_TOKEN = 't0ken'

function doctorRequest(args: readonly string[], env: Env): DoctorRequest {
  return createDoctorRequest(parseArgv(args), { env, folder: '/', caller: 'command' })
}

test('createRunRequest() refuses to make a notebook from standard input resumable', () => {
  const args = ['host', '-', '--resumable']
  expect(errorTextOf(() => requestOf(args, { JUPYTER_TOKEN }, 'command'))).toContain(
    'Cannot use "--resumable" with a notebook from standard input (-)',
  )
})

describe('createDoctorRequest()', () => {
  test('needs no notebook', () => {
    const { server, notebook } = doctorRequest(['host:8888'], { JUPYTER_TOKEN })
    expect(server.url.href).toBe('http://host:8888/')
    expect(notebook).toBeNull()
  })

  test('reads host and notebook from the environment, and accepts the arguments of a run', () => {
    const env = { JUPYTER_TOKEN, JUPYTER_SERVER: 'host', JUPYTER_NOTEBOOK: 'a.ipynb' }
    expect(doctorRequest([], env).notebook?.describe()).toBe('/a.ipynb')
    const args = ['host', '/b.ipynb', '-p', 'day', '1', '--timeout', '60', '-k', 'ir']
    const { notebook, kernelName } = doctorRequest(args, env)
    expect([notebook?.describe(), kernelName]).toEqual(['/b.ipynb', 'ir'])
  })

  test.each([
    [[], 'ARGUMENTS_INVALID: Cannot run a notebook: the host is missing'],
    [['host', '--nonsense'], 'ARGUMENTS_INVALID: Cannot read the argument "--nonsense"'],
    [['x.run.app'], 'HTTP_NOT_ALLOWED'],
  ])('refuses %j like a run', (args, errorText) => {
    expect(errorTextOf(() => doctorRequest(args, { JUPYTER_TOKEN }))).toContain(errorText)
  })
})

const env = { JUPYTER_TOKEN: ' t0ken-4f9a2c1b\n' }
const callers: readonly Caller[] = ['command', 'function', 'job', 'http']

describe('createRunRequest()', () => {
  test('fills in every default', () => {
    const { notebook, ...request } = requestOf(['localhost:8888', 'a.ipynb'], env, 'command')
    expect(notebook.describe()).toBe('/a.ipynb')
    expect(request).toEqual({
      runId: 'run-1',
      messageId: null,
      server: {
        url: new URL('http://localhost:8888/'),
        token: 't0ken-4f9a2c1b',
        idTokenAudience: null,
        ignoredProxy: null,
      },
      parameters: new Map(),
      secrets: [],
      destinations: [],
      protectedAddresses: ['/a.ipynb'],
      kernelName: null,
      kernelEnv: new Map(),
      language: null,
      prepareOnly: false,
      reportMode: false,
      autosaveMs: 30_000,
      kernelId: null,
      keepKernel: false,
      cwd: null,
      socketLifetimeMs: null,
      allowErrors: false,
      runTimeoutMs: null,
      givenTimeoutMs: null,
      cellTimeoutMs: null,
      startTimeoutMs: 75_000,
      loopbackTimeoutMs: 5_000,
      maxOutputMegabytes: 32,
      hidesInput: false,
      hub: null,
      warnings: [],
    })
  })

  test('reads every option', () => {
    const args = splitWords(
      `lab.example "/my report.ipynb" --use-https --verbose --base-url user/ann -k ir --keep-kernel --cwd '/my data//x/'
      --timeout 60 --cell-timeout 2.5 --start-timeout=5 --socket-lifetime 600 --max-output 8 --allow-errors --json --no-input -l R --prepare-only
        --report-mode --autosave-cell-every 0
        -o /out/{name}.ipynb --output=gs://bucket/a.html`,
    )
    const { notebook, ...request } = requestOf(args, env, 'command')
    expect(notebook.describe()).toBe('/my report.ipynb')
    expect(request).toEqual({
      runId: 'run-1',
      messageId: null,
      server: {
        url: new URL('https://lab.example/user/ann/'),
        token: 't0ken-4f9a2c1b',
        idTokenAudience: null,
        ignoredProxy: null,
      },
      parameters: new Map(),
      secrets: [],
      destinations: [
        expect.objectContaining({ address: '/out/my report.ipynb' }),
        expect.objectContaining({ address: 'gs://bucket/a.html' }),
      ],
      protectedAddresses: ['/my report.ipynb'],
      kernelName: 'ir',
      kernelEnv: new Map(),
      language: 'R',
      prepareOnly: true,
      reportMode: true,
      autosaveMs: null,
      kernelId: null,
      keepKernel: true,
      cwd: 'my data/x',
      socketLifetimeMs: 600_000,
      allowErrors: true,
      runTimeoutMs: 60_000,
      givenTimeoutMs: 60_000,
      cellTimeoutMs: 2_500,
      startTimeoutMs: 5_000,
      loopbackTimeoutMs: null,
      maxOutputMegabytes: 8,
      hidesInput: true,
      hub: null,
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
  ])('completes %j from the environment', (text, server, notebook) => {
    const variables = { ...env, JUPYTER_SERVER: 'here:1', JUPYTER_NOTEBOOK: 'set.ipynb' }
    const request = requestOf(splitWords(text), variables, 'command')
    expect([request.server.url.href, request.notebook.describe()]).toEqual([server, notebook])
  })

  test('prefers the base URL of the flag to the variable', () => {
    const variables = { ...env, JUPYTER_BASE_URL: '/set' }
    const args = ['host', '/a.ipynb']
    const given = requestOf([...args, '--base-url', '/'], variables, 'command')
    expect(given.server.url.pathname).toBe('/')
    expect(requestOf(args, variables, 'command').server.url.pathname).toBe('/set/')
  })

  test.each([
    ['', 'the host is missing; write "HOST[:PORT]" or set JUPYTER_SERVER'],
    ['/a.ipynb', 'the host is missing; write "HOST[:PORT]" or set JUPYTER_SERVER'],
    ['host', 'the notebook is missing; write "/PATH.ipynb" or set JUPYTER_NOTEBOOK'],
    ['"" /a.ipynb', 'Cannot call the host "": it is empty'],
    ['host ""', 'Cannot use the notebook path "": it names no file'],
    ['/a.ipynb host', 'Cannot call the host "/a.ipynb": it contains a path'],
    ['http://host/a.ipynb', 'or HOST[:PORT], a space, and the path of a notebook on a server'],
    ['host /a --kernel-id ..', 'Cannot use the kernel id ".."'],
    ['host /a --kernel-id a/b', 'Cannot use the kernel id "a/b"'],
    ['host /a -k a --kernel-id b', 'Cannot use "--kernel" together with "--kernel-id"'],
    ['h /a -o /{nme}.ipynb', 'did you mean "{name}"?'],
  ])('refuses %j', (text, reason) => {
    const errorText = errorTextOf(() => requestOf(splitWords(text), env, 'command'))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID/)
    expect(errorText).toContain(reason)
  })

  test('refuses --job where there is no message', () => {
    const [reads, refuses] = (['job', 'command'] as const).map((caller) =>
      errorTextOf(() =>
        requestOf(['h', '/a', '--job'], { ...env, JUPYTER_ALLOWED_HOSTS: '*' }, caller),
      ),
    )
    expect(reads).not.toContain('--job')
    expect(refuses).toBe(
      'ARGUMENTS_INVALID: Cannot use "--job" here: it is for messages alone; leave it out',
    )
  })

  test('refuses --each in an HTTP request', () => {
    const args = ['h', '/a', '--each', '{n: 1..2}']
    const [reads, refuses] = (['function', 'http'] as const).map((caller) =>
      errorTextOf(() => requestOf(args, { ...env, JUPYTER_ALLOWED_HOSTS: '*' }, caller)),
    )
    expect(reads).not.toContain('--each')
    expect(refuses).toBe(
      'ARGUMENTS_INVALID: Cannot use "--each" here: it is for messages and the command; leave it out',
    )
  })

  test.each(['json', 'help', 'version'])('refuses --%s in a message', (name) => {
    expect(errorTextOf(() => requestOf(['h', '/a', `--${name}`], env, 'function'))).toContain(
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
  ])('reports %j as %s first', (text, code) => {
    const variables = { JUPYTER_ALLOWED_HOSTS: 'lab.example,localhost' }
    const errorText = errorTextOf(() => requestOf(splitWords(text), variables, 'function'))
    expect(errorText.split(':', 1)).toEqual([code])
  })

  test('throws only RunErrors for any text', () => {
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
        const problem = problemOf(() => requestOf(splitWords(text), env, caller))
        expect(problem === null || problem instanceof RunError).toBe(true)
      }),
      fuzzOptions(5_000),
    )
  })

  describe('where JUPYTER_STORAGE is "temporary"', () => {
    const variables = { ...env, JUPYTER_SERVER: 'x.run.app:443', JUPYTER_STORAGE: 'temporary' }

    test.each([
      { name: 'a file of the server', args: '-o /out/a.ipynb', lost: ['/out/a.ipynb'] },
      { name: 'a page there', args: '-o /a.html -o gs://bucket/a.ipynb', lost: ['/a.html'] },
      { name: 'two files', args: '-o /{name}2.ipynb -o b.ipynb', lost: ['/a2.ipynb', '/b.ipynb'] },
      { name: 'no file of the server', args: '-o gs://bucket/a.ipynb', lost: [] },
      { name: 'no output', args: '', lost: [] },
    ])('warns of $name', ({ args, lost }) => {
      const all = splitWords(`x.run.app /a.ipynb --use-https ${args}`)
      for (const caller of ['function', 'job', 'http'] as const) {
        const { warnings } = requestOf(all, variables, caller)
        expect(warnings).toEqual(
          lost.map((path) =>
            expect.stringMatching(new RegExp(`^The executed notebook at "${path}" will be lost`)),
          ),
        )
      }
    })

    test('warns of the output that the environment names', () => {
      const usual = { ...variables, NBTRIGGER_OUTPUT: '/usual.ipynb' }
      const { warnings } = requestOf(['/a.ipynb'], usual, 'function')
      expect(warnings).toEqual([expect.stringContaining('"/usual.ipynb" will be lost')])
    })

    test('knows nothing of another server', () => {
      const more = { ...variables, JUPYTER_ALLOWED_HOSTS: 'other.run.app' }
      const args = splitWords('other.run.app /a.ipynb --use-https -o /b.ipynb')
      expect(requestOf(args, more, 'function').warnings).toEqual([])
    })

    test('refuses another value', () => {
      const wrong = { ...variables, JUPYTER_STORAGE: 'disk' }
      expect(errorTextOf(() => requestOf(['/a.ipynb'], wrong, 'function'))).toBe(
        'ARGUMENTS_INVALID: Cannot use "disk" as JUPYTER_STORAGE: it is neither "persistent" nor "temporary"',
      )
    })
  })

  test.each([
    { name: 'the variable', flags: [], outputs: ['/usual.ipynb'] },
    {
      name: 'the flags alone where there are any',
      flags: ['-o', '/b.ipynb', '-o', '/a.html'],
      outputs: ['/b.ipynb', '/a.html'],
    },
  ])('reads the outputs of $name', ({ flags, outputs }) => {
    const args = ['localhost:8888', 'a.ipynb', ...flags]
    const usual = { ...env, NBTRIGGER_OUTPUT: '/usual.ipynb' }
    const { destinations } = requestOf(args, usual, 'command')
    expect(destinations.map(({ address }) => address)).toEqual(outputs)
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

describe('createRunRequest() with a destination that is the notebook itself', () => {
  const host = 'localhost:8888'

  test.each([
    { name: 'the same path', output: '/reports/daily.ipynb' },
    { name: 'the same path without a slash', output: 'reports//daily.ipynb' },
    { name: 'placeholders that come to it', output: '/reports/{name}.ipynb' },
    {
      name: 'the notebook as a file of this machine',
      output: 'file:/home/ann/reports/daily.ipynb',
    },
  ])('refuses $name unless --in-place is given', ({ output }) => {
    const args = [host, '/reports/daily.ipynb', '-o', output]
    const options = (...more: readonly string[]) => parseArgv([...args, ...more])
    const context = {
      env,
      folder: '/',
      caller: 'command',
      runId: 'run-1',
      messageId: null,
      redactor: createRedactor([]),
      notebookFiles: ['/home/ann/reports/daily.ipynb'],
    } as const
    const errorText = errorTextOf(() => createRunRequest(options(), context))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: .*that is the notebook itself; .*--in-place/)
    const { destinations, protectedAddresses } = createRunRequest(options('--in-place'), context)
    expect([destinations.length, protectedAddresses]).toEqual([1, []])
  })

  test.each(callers)('refuses the one in NBTRIGGER_OUTPUT for the %s', (caller) => {
    const own = { ...env, NBTRIGGER_OUTPUT: '/{name}.ipynb', JUPYTER_SERVER: host }
    expect(errorTextOf(() => requestOf(['/x.ipynb'], own, caller))).toContain('--in-place')
    expect(requestOf(['/archive/x.ipynb'], own, caller).destinations).toHaveLength(1)
  })
})
