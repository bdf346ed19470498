import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { parseArgv } from '../../src/request/argv.ts'
import { noOptions } from '../../src/request/run_options.ts'
import { createRunRedactor } from '../../src/run/run.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { token } from '../support/fake_request.ts'
import { runArgs } from '../support/run_args.ts'

const options = parseArgv(['host', '/a.ipynb', '--secret', 'key', 'API_KEY', '--timeout', 'x'])
const noneRead = new RunError('ARGUMENTS_INVALID', 'they cannot be read')

describe('createRunRedactor()', () => {
  const env = { JUPYTER_TOKEN: 't0ken-of-jupyter', API_KEY: 's3cret', OTHER: 'other' }

  test('masks the token and the secrets that the options ask for, valid or not', () => {
    const { text } = createRunRedactor(options, env)
    expect(text('t0ken-of-jupyter s3cret other')).toBe('[redacted] [redacted] other')
  })

  test('masks the token where the options cannot be read', () => {
    expect(createRunRedactor(noneRead, env).text('t0ken-of-jupyter s3cret')).toBe(
      '[redacted] s3cret',
    )
  })

  const address = 'https://example.org/a.ipynb?sig=0pen-it'
  test.each([
    { name: 'an argument', given: parseArgv(['host', address]), variables: {} },
    { name: 'a variable', given: noOptions, variables: { JUPYTER_NOTEBOOK: address } },
  ])("masks the query of the notebook's address from $name", ({ given, variables }) => {
    const { text } = createRunRedactor(given, { ...env, ...variables })
    expect(text(address)).toBe('https://example.org/a.ipynb?[redacted]')
  })
})

describe('executeRun()', () => {
  test('names the notebook and the masked parameters in the first event and the report', async () => {
    await using jupyter = await FakeJupyter.start(['1'])
    const args = [jupyter.url.host, '/a.ipynb', '-p', 'n', '5', '-r', 'key', `x ${token}`]
    const { events, report } = await runArgs(args, { JUPYTER_TOKEN: token })
    const parameters = { n: '5', key: 'x [redacted]' }
    expect(events[0]).toMatchObject({ type: 'run_started', notebook: '/a.ipynb', parameters })
    expect(report.parameters).toEqual(parameters)
  })

  test.each([
    { name: 'a limit', args: ['host', '/a.ipynb', '-p', 'n', '5', '--timeout', 'soon'] },
    { name: 'the host', args: ['ho st', '/a.ipynb', '-p', 'n', '5'] },
    { name: 'the output', args: ['host', '/a.ipynb', '-p', 'n', '5', '-o', 's3://x/y.ipynb'] },
  ])('names them also where $name cannot be read', async ({ args }) => {
    const { report } = await runArgs(args, { JUPYTER_TOKEN: token })
    expect(report).toMatchObject({
      server: null,
      notebook: '/a.ipynb',
      parameters: { n: '5' },
      error: { code: 'ARGUMENTS_INVALID' },
    })
  })

  test.each([
    { args: ['host', '/a.ipynb', '--nonsense'], notebook: '/a.ipynb' },
    { args: ['-o', '/b.ipynb', '--nonsense', 'host', 'a.ipynb'], notebook: '/a.ipynb' },
    { args: ['host', '/../a.ipynb', '--nonsense'], notebook: null },
    { args: ['host', '--nonsense'], notebook: null },
    {
      args: ['-p', 'file', '/data.ipynb', 'host', '/a.ipynb', '--nonsense'],
      notebook: '/a.ipynb',
    },
  ])('names $notebook where the arguments $args cannot be parsed', async ({ args, notebook }) => {
    const { report } = await runArgs(args, { JUPYTER_TOKEN: token })
    expect(report).toMatchObject({ notebook, error: { code: 'ARGUMENTS_INVALID' } })
  })

  test('names the parameters of arguments that cannot be parsed, without secrets', async () => {
    const env = { JUPYTER_TOKEN: token, API_KEY: 's3cret' }
    const args = ['host', '/a.ipynb', '-p', 'day', '2026-03-01', '--secret', 'key', 'API_KEY']
    const wrong = ['-r', 'text', 'of s3cret', '-p', 'n=3', '--nonsense']
    const { report } = await runArgs([...args, ...wrong], env)
    expect(report).toMatchObject({
      notebook: '/a.ipynb',
      parameters: { day: '2026-03-01', text: 'of [redacted]' },
      error: { code: 'ARGUMENTS_INVALID' },
    })
  })

  test.each([
    { name: 'the token', value: token },
    { name: 'a part of it, encoded', value: `x${encodeURIComponent(token)}` },
    { name: 'a secret', value: 's3cret' },
  ])('refuses a file name with $name before any request', async ({ value }) => {
    await using jupyter = await FakeJupyter.start(['1'])
    const args = [jupyter.url.host, '/a.ipynb', '--secret', 'key', 'KEY', '-r', 'p', value]
    const env = { JUPYTER_TOKEN: token, KEY: 's3cret' }
    const { report } = await runArgs([...args, '-o', '/out/{p}.ipynb'], env)
    expect(report.error).toMatchObject({
      code: 'ARGUMENTS_INVALID',
      message: expect.stringMatching(/^Cannot fill in "{p}" .* its value holds a secret/),
    })
    expect(JSON.stringify(report)).not.toContain(value)
    expect(jupyter.requests).toEqual([])
  })

  test.each(['FAILED', 'failed', 'CELL_FAILED', 'cell_finished', 'run_finished'])(
    'keeps field names when a secret is %j',
    async (secret) => {
      await using jupyter = await FakeJupyter.start([`print("${secret}")`])
      jupyter.cells.set(`print("${secret}")`, (cell) => {
        cell.raises('ValueError', `no ${secret}!`)
      })
      const args = [jupyter.url.host, '/a.ipynb', '--secret', 'key', 'KEY']
      const { events, report } = await runArgs(args, { JUPYTER_TOKEN: token, KEY: secret })
      expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['cell_finished']))
      expect(report).toMatchObject({
        event: 'run_finished',
        outcome: 'failed',
        error: {
          code: 'CELL_FAILED',
          evalue: 'no [redacted]!',
          // A word of the person's own source is no secret there.
          cell: { source: `print("${secret}")` },
        },
      })
    },
  )
})
