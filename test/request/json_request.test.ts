import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { attempt } from '../../src/errors.ts'
import {
  decodedPath,
  fields,
  queryParameters,
  readJsonObject,
  readPosted,
  readRun,
} from '../../src/request/json_request.ts'
import { knownOptions } from '../../src/request/input_error.ts'
import { allOptions } from '../../src/request/options.ts'
import { noOptions, type RunOptions } from '../../src/request/run_options.ts'
import { typedValue } from '../../src/request/typing.ts'
import { errorTextOf } from './error_text_of.ts'
import { requestFor, requestOf } from './request_of.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const env = {
  JUPYTER_SERVER: '127.0.0.1:8888',
  JUPYTER_NOTEBOOK: '/usual.ipynb',
  JUPYTER_TOKEN: 't0ken-4f9a2c1b',
  JUPYTER_ALLOWED_HOSTS: 'localhost:9999',
  SECRET: 'abcd',
}

function posted(text: string, type: 'json' | 'text' = 'json') {
  const request = requestFor(readPosted({ type, text }), env, 'http')
  return { ...request, notebook: request.notebook.describe() }
}

function run(path: string, query = '', text: string | null = null) {
  const body = text === null ? null : ({ type: 'json', text } as const)
  const notebook = decodedPath(path)
  const options = readRun({ notebook, query: new URLSearchParams(query), body })
  const request = requestFor(options, env, 'http')
  return { ...request, notebook: request.notebook.describe() }
}

describe('readPosted()', () => {
  test('reads plain text like a message', () => {
    const request = posted('localhost:9999 "/my x.ipynb" -p a 1\n--allow-errors', 'text')
    expect(request.server.url.href).toBe('http://localhost:9999/')
    expect(request).toMatchObject({ notebook: '/my x.ipynb', allowErrors: true })
    expect([...request.parameters]).toEqual([['a', 1n]])
  })

  test('reads JSON, with typed parameters', () => {
    const request = posted(
      '{"server": "localhost:9999", "notebook": "a b.ipynb", "cellTimeout": 20, "output": "/o.ipynb",' +
        ' "parameters": {"n": 1, "x": 1.0, "t": "1", "--json": [{"a": null}]}}',
    )
    expect(request.server.url.href).toBe('http://localhost:9999/')
    expect(request).toMatchObject({
      notebook: '/a b.ipynb',
      cellTimeoutMs: 20_000,
      destinations: [{ address: '/o.ipynb' }],
    })
    expect([...request.parameters]).toEqual([
      ['n', 1n],
      ['x', 1],
      ['t', '1'],
      ['--json', [new Map([['a', null]])]],
    ])
  })

  test('leaves open what JSON does not contain', () => {
    expect(posted('{}')).toMatchObject({ notebook: '/usual.ipynb' })
    expect(posted('{"server": "127.0.0.1:8888"}')).toMatchObject({ notebook: '/usual.ipynb' })
    expect(posted('{"notebook": "no-ending"}').server.url.port).toBe('8888')
    expect(posted('{"notebook": "--help"}')).toMatchObject({ notebook: '/--help' })
  })

  const refused = [
    ['{"parameters": [1]}', '"parameters": it is not an object'],
    ['{"server": 5}', '"server": it is not a text'],
    ['{"notebook": ""}', '"notebook": it is not a text, or empty'],
    ['{"server": "/x.ipynb"}', 'is not HOST[:PORT]'],
    ['{"notebook": "http://h/x.ipynb"}', 'it is a URL'],
    ['{"notebook": "/a/../x.ipynb"}', 'it contains ".."'],
    ['{"timeout": -5}', 'it is not a positive number'],
    ['{', 'Cannot read the body as JSON'],
    [`{"parameters": ${JSON.stringify(Object.fromEntries(numbers(1001)))}}`, 'the maximum is 1000'],
    ['{"secrets": {"a": "NBTRIGGER_HTTP_KEY"}}', 'it is for nbtrigger alone'],
    ['{"parameters": {"": 1}}', 'its name is empty'],
    [
      '{"parameters": {"HOME": 1}, "secrets": {"HOME": "SECRET"}}',
      'as a parameter and as a secret',
    ],
  ].map(([text = '', reason = '']) => [reason, text] as const)
  test.each(refused)('refuses JSON: %s', (reason, text) => {
    expect(errorTextOf(() => posted(text, 'json'))).toContain(reason)
  })

  test('refuses too many parameters and too many arguments', () => {
    const setting = (count: number) =>
      `/x.ipynb ${numbers(count).map(([name]) => `-p ${name} 1`).join(' ')}` // prettier-ignore
    expect(posted(setting(1000), 'text').parameters.size).toBe(1000)
    expect(errorTextOf(() => posted(setting(1001), 'text'))).toContain('the maximum is 1000')
    const yaml = JSON.stringify(Object.fromEntries(numbers(1001)))
    expect(errorTextOf(() => posted(`/x.ipynb -y '${yaml}'`, 'text'))).toContain(
      'the maximum is 1000',
    )
    const secrets = Object.fromEntries(numbers(2001).map(([name]) => [name, 'SECRET']))
    expect(errorTextOf(() => posted(JSON.stringify({ secrets })))).toContain('the maximum is 4000')
    expect(errorTextOf(() => posted('a '.repeat(4001), 'text'))).toContain('the maximum is 4000')
  })

  test('refuses a request without a body', () => {
    expect(errorTextOf(() => readPosted(null))).toContain('the request has no body')
  })
})

describe('readRun()', () => {
  test.each([
    ['a/b.ipynb', '/a/b.ipynb'],
    ['/a//b.ipynb', '/a/b.ipynb'],
    ['a%20b%2Fc.ipynb', '/a b/c.ipynb'],
    ['%C3%A9t%C3%A9.ipynb', '/été.ipynb'],
    ['\u00c3\u00a9t\u00c3\u00a9.ipynb', '/été.ipynb'], // bytes of UTF-8, as Node gives them
    ['--json.ipynb', '/--json.ipynb'],
    ['100%25.ipynb', '/100%.ipynb'],
  ])('runs the notebook at %s', (path, notebook) => {
    expect(run(path)).toMatchObject({ notebook })
  })

  test.each([
    ['a/../b.ipynb', 'it contains ".."'],
    ['a/%2e%2E/b.ipynb', 'it contains ".."'],
    ['a%00.ipynb', 'it contains a control character'],
    ['%zz.ipynb', 'it contains a "%" that encodes nothing'],
    ['%ff.ipynb', 'it contains a "%" that encodes nothing'],
    ['\u00e9.ipynb', 'or no UTF-8'],
    ['%2F', 'it names no file'],
  ])('refuses the path %s', (path, reason) => {
    expect(errorTextOf(() => run(path))).toContain(reason)
  })

  test('reads parameters from the query and from the body', () => {
    const request = run('x.ipynb', 'a=1&b=x', '{"parameters": {"c": "1"}, "timeout": 5}')
    expect([...request.parameters]).toEqual([
      ['a', 1n],
      ['b', 'x'],
      ['c', '1'],
    ])
    expect(request.runTimeoutMs).toBe(5_000)
  })

  test('refuses a parameter in both, and another server', () => {
    const body = '{"parameters": {"a": 2}}'
    expect(errorTextOf(() => run('x.ipynb', 'a=1', body))).toContain(
      '"a": it is given in the query',
    )
    expect(errorTextOf(() => run('x.ipynb', '', '{"server": "h"}'))).toContain('no such field')
  })

  test('refuses plain text', () => {
    const parts = { notebook: '/x.ipynb', query: new URLSearchParams() }
    const body = { type: 'text', text: 'localhost' } as const
    expect(errorTextOf(() => readRun({ ...parts, body }))).toContain('it is not JSON')
  })
})

describe('a request that is refused', () => {
  const query = new URLSearchParams('a=1')
  const notebook = '/x.ipynb'
  const wrong = '{"notebook": "/x.ipynb", "parameters": {"b": 2}, "tiemout": 5}'

  test.each([
    { name: 'a body', reads: () => readPosted({ type: 'json', text: wrong }), names: ['b'] },
    {
      name: 'a path with a body',
      reads: () =>
        readRun({
          notebook,
          query,
          body: { type: 'json', text: '{"parameters": {"b": 2}, "x": 1}' },
        }),
      names: ['a', 'b'],
    },
    {
      name: 'a path with a body that is no JSON',
      reads: () => readRun({ notebook, query, body: { type: 'json', text: '{' } }),
      names: ['a'],
    },
  ])('is known by its notebook and its parameters: $name', ({ reads, names }) => {
    const { options, isWhole } = knownOptions(attempt(reads))
    expect([options.notebook, isWhole]).toEqual(['/x.ipynb', false])
    expect([...options.parameters.keys()]).toEqual(names)
  })
})

describe('createRunRequest() for HTTP', () => {
  test('uses https for JUPYTER_SERVER with port 443', () => {
    const secure = { ...env, JUPYTER_SERVER: 'jupyter-abc.a.run.app:443' }
    expect(requestOf(['/x.ipynb'], secure, 'http').server.url.href).toBe(
      'https://jupyter-abc.a.run.app/',
    )
    expect(
      errorTextOf(() => requestOf(['jupyter-abc.a.run.app:443', '/x.ipynb'], secure, 'http')),
    ).toContain('add --use-https')
  })

  test('limits a run to 3570 s, with a warning if more was requested', () => {
    expect(run('x.ipynb').runTimeoutMs).toBe(3_570_000)
    const { runTimeoutMs, warnings } = run('x.ipynb', '', '{"timeout": 4000}')
    expect([runTimeoutMs, warnings]).toEqual([
      3_570_000,
      [expect.stringContaining('is cut to 3570 s')],
    ])
  })

  test('does not allow other hosts or options of the command', () => {
    expect(errorTextOf(() => posted('{"server": "evil.test:80"}'))).toContain(
      'Cannot call "evil.test"',
    )
    expect(errorTextOf(() => posted('/x.ipynb --json', 'text'))).toContain('for the command alone')
  })
})

function numbers(count: number): [string, number][] {
  return Array.from({ length: count }, (_, place) => [`p${place}`, place])
}

/** The options that the fields of a JSON body give, but the defaults. */
function optionsOf(body: object): Partial<RunOptions> {
  const options = readPosted({ type: 'json', text: JSON.stringify(body) })
  const defaults = new Map<string, unknown>(Object.entries(noOptions))
  const isGiven = ([name, value]: [string, unknown]) => value !== defaults.get(name)
  return Object.fromEntries(
    Object.entries({ ...options, parameters: noOptions.parameters }).filter(isGiven),
  )
}

describe('fields', () => {
  test('are the options of messages, except those that set parameters', () => {
    const allowed = allOptions
      .filter(({ commandOnly, messageOnly, notHttp }) => !commandOnly && !messageOnly && !notHttp)
      .map(({ name }) => name)
    const named = [...fields.values()].map(({ name }) => name)
    const setting = ['parameter', 'raw', 'yaml', 'base64']
    expect([...named, ...setting].toSorted()).toEqual(allowed.toSorted())
    expect([...fields.keys()]).toEqual(
      expect.arrayContaining(['useHttps', 'cellTimeout', 'kernelId', 'secrets', 'output']),
    )
  })
})

describe('readPosted() for the fields of options', () => {
  test.each<readonly [object, Partial<RunOptions>]>([
    [{ useHttps: true }, { useHttps: true }],
    [{ useHttps: false }, {}],
    [{ timeout: 90 }, { timeout: 90 }],
    [{ cellTimeout: 0.5 }, { cellTimeout: 0.5 }],
    [{ kernel: '--json' }, { kernel: '--json' }],
    [{ output: '/a.ipynb' }, { output: ['/a.ipynb'] }],
    [{ output: ['/a.ipynb', 'gs://b/c.html'] }, { output: ['/a.ipynb', 'gs://b/c.html'] }],
    [{ secrets: { pass: 'VARIABLE' } }, { secret: [['pass', 'VARIABLE']] }],
    [{ parameters: { useHttps: 5 } }, {}],
  ])('reads %j', (body, options) => {
    expect(optionsOf(body)).toEqual(options)
  })

  test.each<readonly [object, string]>([
    [{ useHttp: true }, 'there is no such field; did you mean "useHttps"?'],
    [{ parameter: null }, 'did you mean "parameters"?'],
    [{ zebra: null }, 'see "/openapi.json"'],
    [{ file: '/etc/passwd' }, 'there is no such field'],
    [{ json: true }, 'there is no such field'],
    [{ useHttps: 'yes' }, 'it is not true or false'],
    [{ useHttps: null }, 'it is not true or false'],
    [{ timeout: '90' }, 'it is not a number'],
    [{ kernel: 5 }, 'it is not a text'],
    [{ kernel: '' }, 'it is empty'],
    [{ output: [5] }, 'it is not a text'],
    [{ secrets: ['a'] }, 'it is not an object of texts'],
    [{ secrets: { a: 5 } }, '"secrets.a": it is not a text'],
  ])('refuses %j', (body, reason) => {
    expect(errorTextOf(() => optionsOf(body))).toContain(reason)
  })
})

function read(query: string) {
  return [...queryParameters(new URLSearchParams(query))]
}

describe('"warm" in a query', () => {
  const parts = { notebook: '/n.ipynb', body: null }

  test.each([
    { query: 'warm=false', noWarm: true },
    { query: 'warm=true', noWarm: false },
    { query: '', noWarm: false },
  ])('"$query" sets noWarm to $noWarm', ({ query, noWarm }) => {
    expect(readRun({ ...parts, query: new URLSearchParams(query) })).toMatchObject({ noWarm })
  })

  test('is true or false', () => {
    const query = new URLSearchParams('warm=0')
    const reason = 'Cannot use "0" as "warm": it is neither true nor false'
    expect(errorTextOf(() => readRun({ ...parts, query }))).toContain(reason)
  })
})

describe('queryParameters()', () => {
  test('types values as "--parameter" does', () => {
    expect(read('?a=1&b=1.0&c=True&d=None&e=true&f=007&g=&h&i=a+b%2Bc&j=%C3%A9')).toEqual([
      ['a', 1n],
      ['b', 1],
      ['c', true],
      ['d', null],
      ['e', 'true'],
      ['f', 7n],
      ['g', ''],
      ['h', ''],
      ['i', 'a b+c'],
      ['j', 'é'],
    ])
  })

  test('ignores "result", "warm" and an empty query', () => {
    expect(read('?result&a=1&warm=false')).toEqual([['a', 1n]])
    expect(read('?')).toEqual([])
    expect(read('')).toEqual([])
  })

  test.each([
    ['"a": it is given twice', '?a=1&a=2'],
    ['"a": an integer has 4301 digits', `?a=${'1'.repeat(4301)}`],
  ])('refuses a query: %s', (reason, query) => {
    expect(errorTextOf(() => read(query))).toContain(reason)
  })

  test('reads any encoded names and values', () => {
    const name = fc
      .string({ unit: 'grapheme' })
      .filter((text) => !['result', 'warm'].includes(text))
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double().map(String),
      fc.bigInt().map(String),
    )
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (given) => {
        const expected = Object.entries(given).map(([key, text]) => [key, typedValue(text)])
        expect(read(new URLSearchParams(given).toString())).toEqual(expected)
        const percent = Object.entries(given).map((pair) => pair.map(encodeURIComponent).join('='))
        expect(read(`?result=1&${percent.join('&')}`)).toEqual(expected)
      }),
      fuzzOptions(100),
    )
  })
})

describe('readJsonObject()', () => {
  test('keeps integers, floats and integers of any size apart', () => {
    const text = '{"a": 1, "b": 1.0, "c": 1e2, "d": 123456789012345678901234567890, "e": -0}'
    expect([...readJsonObject(text)]).toEqual([
      ['a', 1n],
      ['b', 1],
      ['c', 100],
      ['d', 123456789012345678901234567890n],
      ['e', 0n],
    ])
  })

  test('reads all JSON, also names that every object has', () => {
    const text = '{"__proto__": {"x": [null, true]}, "constructor": "", "naïve 🦜": "é\\u0000"}'
    expect([...readJsonObject(text)]).toEqual([
      ['__proto__', new Map([['x', [null, true]]])],
      ['constructor', ''],
      ['naïve 🦜', 'é\u0000'],
    ])
  })

  test.each([
    { name: 'a list', text: '[1]', reason: 'it is no object' },
    { name: 'a number', text: '5', reason: 'it is no object' },
    { name: 'a name that is given twice', text: '{"a": 1, "a": 2}', reason: "Duplicate key 'a'" },
    {
      name: 'a number that no float can be',
      text: '{"a": 1e999}',
      reason: 'too large for a float',
    },
    {
      name: 'an integer that no kernel takes',
      text: `{"a": ${'9'.repeat(4301)}}`,
      reason: '4301 digits',
    },
    {
      name: 'more levels than anybody needs',
      text: `{"a":${'['.repeat(101)}${']'.repeat(101)}}`,
      reason: '100 levels',
    },
    { name: 'levels without end', text: '['.repeat(500_000), reason: '100 levels' },
    { name: 'half a character', text: '{"a": "\\ud800"}', reason: 'half of a surrogate pair' },
    {
      name: 'half a character in a name',
      text: '{"\\ud800": 1}',
      reason: 'half of a surrogate pair',
    },
    { name: 'what is not JSON', text: '{a: 1}', reason: 'key expected' },
    { name: 'nothing', text: '', reason: 'JSON' },
  ])('refuses $name', ({ text, reason }) => {
    expect(() => readJsonObject(text)).toThrow(reason)
  })
})
