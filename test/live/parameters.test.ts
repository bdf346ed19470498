import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunReport } from '../../src/events.ts'
import { command, type Ended } from '../support/command.ts'
import { deliver } from '../support/deliver.ts'
import { describeWith } from '../support/describe_with.ts'
import { FunctionProcess } from '../support/function_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installOptionalKernels } from '../support/kernels.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const secret = 'pa$$ "w0rd" é/+'
const defaults = {
  type: 'code',
  source: 'limit: int = 1 # how many\ncode = "x"\nratio = 0.5\nnames = []\nkind = None',
  metadata: { tags: ['parameters'] },
} as const

describe('parameters on a live server', () => {
  const opened = new Opened()
  let server: JupyterServer
  let folder: ScratchFolder

  beforeAll(async () => {
    folder = opened.use(await ScratchFolder.make('parameters'))
    await installOptionalKernels(folder.path)
    server = opened.use(await JupyterServer.start({ jupyterPath: [folder.path] }))
  })
  afterAll(() => opened[Symbol.asyncDispose]())
  afterEach(async () => expect(await server.kernels()).toEqual([]))

  const run = (...args: readonly string[]): Promise<Ended> =>
    command([server.host, ...args], { JUPYTER_TOKEN: server.token, API_KEY: secret })

  async function reportOf(...args: readonly string[]): Promise<RunReport> {
    const { stdout } = await run(...args, '--json')
    const report: RunReport = JSON.parse(stdout)
    return report
  }

  test("the kernel has the given values, typed by papermill's rules", async () => {
    await server.writeNotebook('typed.ipynb', [defaults, '[limit, code, ratio, names, kind]'])
    const file = join(folder.path, 'kind.yml')
    await writeFile(file, 'kind: {a: yes, b: 012}\nratio: 7\n')
    const given = ['-y', '{ratio: 1.0, names: [a, é, null]}', '-f', file]
    const own = ['-p', 'limit', '9007199254740993', '-r', 'code', '007']
    const report = await reportOf('/typed.ipynb', ...own, ...given)
    const text = "[9007199254740993, '007', 1.0, ['a', 'é', None], {'a': True, 'b': 10}]"
    expect(report).toMatchObject({
      outcome: 'succeeded',
      cells: { total: 3, executed: 3 },
      result: { data: { 'text/plain': text } },
      warnings: [],
    })
  })

  test('the notebook on the server is not changed', async () => {
    await server.writeNotebook('kept.ipynb', [defaults, 'limit'])
    const before = await readFile(join(server.root, 'kept.ipynb'), 'utf8')
    expect((await run('/kept.ipynb', '-p', 'limit', '2')).stdout).toContain('"2"')
    expect(await readFile(join(server.root, 'kept.ipynb'), 'utf8')).toBe(before)
  })

  test('the injected cell does not shift the index of a failing cell', async () => {
    await server.writeNotebook('fails.ipynb', [defaults, '1/0'])
    const report = await reportOf('/fails.ipynb', '-p', 'limit', '2')
    expect(report.error).toMatchObject({ code: 'CELL_FAILED', cell: { index: 1, source: '1/0' } })
  })

  test('an unknown parameter leads to a warning', async () => {
    await server.writeNotebook('typo.ipynb', [defaults, 'limit'])
    const { warnings } = await reportOf('/typo.ipynb', '-p', 'limt', '2', '-p', 'code', 'y')
    expect(warnings).toEqual([
      'The notebook\'s "parameters" cell does not know the parameter "limt"; did you mean "limit"?',
    ])
  })

  test('a value of another type than the declared one starts no kernel', async () => {
    const typed = {
      type: 'code',
      source: 'count: int = 3',
      metadata: { tags: ['parameters'] },
    } as const
    await server.writeNotebook('typed.ipynb', [typed, 'count'])
    const { status, stderr } = await run('/typed.ipynb', '-p', 'count', 'three')
    expect(status).toBe(2)
    expect(stderr).toContain(
      'Cannot set the parameter "count": the notebook takes an integer (int) and was given text',
    )
    expect(server.output).not.toMatch(/Kernel started.*typed\.ipynb/)
    expect((await run('/typed.ipynb', '-p', 'count', '4')).stdout).toContain('"4"')
  })

  test('an invalid name in the language starts no kernel', async () => {
    await server.writeNotebook('name.ipynb', [defaults])
    const { status, stderr } = await run('/name.ipynb', '-p', 'a-b', '2')
    expect(status).toBe(2)
    expect(stderr).toContain('Cannot set the parameter "a-b": Python has no such name')
    expect(server.output).not.toMatch(/Kernel started.*name\.ipynb/)
  })

  test('a secret is in the kernel, and masked everywhere', async () => {
    const cells = [
      defaults,
      'print(key); print(repr(key)); import sys; print(key, file=sys.stderr)',
      'import base64, json, urllib.parse as u\nprint(base64.b64encode(key.encode()).decode())',
      'print(json.dumps(key), json.dumps(key, ensure_ascii=False), u.quote(key))',
      'assert not any(key in text for text in In)',
      'raise ValueError(f"{len(key)} characters: {key}")',
    ]
    await server.writeNotebook('secret.ipynb', cells)
    const flags = ['--secret', 'key', 'API_KEY', '--verbose', '--json']
    const { status, stdout, stderr } = await run('/secret.ipynb', '-p', 'limit', '2', ...flags)
    const report: RunReport = JSON.parse(stdout)
    expect(status).toBe(1)
    expect(report.error).toMatchObject({
      ename: 'ValueError',
      evalue: `${secret.length} characters: [redacted]`,
    })
    for (const spelling of ['pa$$', 'w0rd', 'cGEkJC', 'pa%24%24']) {
      expect(stdout + stderr).not.toContain(spelling)
    }
    expect(stderr.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(7)
  })

  test('a secret of the function is in its kernel, and not in the log', async () => {
    await server.writeNotebook('logged.ipynb', ['print("shown:", key)', 'key', 'len(key)'])
    const env = { JUPYTER_TOKEN: server.token, JUPYTER_SERVER: server.host, API_KEY: secret }
    await using running = await FunctionProcess.start({ env })
    const message = `/logged.ipynb --secret key API_KEY --verbose`
    const { answer, report } = await deliver(running, message)
    expect(answer).toBe(204)
    expect(report).toMatchObject({ result: { data: { 'text/plain': String(secret.length) } } })
    expect(running.output).toContain('[redacted]')
    expect(running.output).not.toMatch(/pa\$\$|w0rd/)
  })

  test('--help-notebook prints the parameters, and starts no kernel', async () => {
    await server.writeNotebook('help.ipynb', [defaults, '1/0'])
    expect(await run('/help.ipynb', '--help-notebook')).toEqual({
      status: 0,
      stdout: [
        '/help.ipynb takes these parameters:',
        '  limit: int = 1  how many',
        '  code = "x"',
        '  ratio = 0.5',
        '  names = []',
        '  kind = None',
        '',
      ].join('\n'),
      stderr: '',
    })
    await server.writeNotebook('plain.ipynb', ['1'])
    expect((await run('/plain.ipynb', '--help-notebook')).stdout).toBe(
      '/plain.ipynb has no cell tagged "parameters"\n',
    )
    const missing = await run('/missing.ipynb', '--help-notebook')
    expect([missing.status, missing.stderr]).toEqual([3, expect.stringContaining('no such file')])
  })

  describeWith('r-kernel', 'in R', () => {
    test('parameters and secrets are set', async () => {
      const cells = ['list(limit, nchar(key))[[2]] + limit']
      await server.writeNotebook('r.ipynb', cells, { kernelName: 'ir', language: 'R' })
      const report = await reportOf('/r.ipynb', '-p', 'limit', '100', '--secret', 'key', 'API_KEY')
      expect(report.result?.data).toMatchObject({ 'text/plain': `[1] ${100 + secret.length}` })
      expect(report.cells).toMatchObject({ total: 2, executed: 2 })
    })
  })

  describeWith('deno', 'in TypeScript', () => {
    test('parameters replace the defaults, and secrets are set', async () => {
      const cells = [{ ...defaults, source: 'let limit: number = 1' }, 'limit + key.length']
      const kernel = { kernelName: 'deno', language: 'typescript' }
      await server.writeNotebook('ts.ipynb', cells, kernel)
      const report = await reportOf('/ts.ipynb', '-p', 'limit', '100', '--secret', 'key', 'API_KEY')
      expect(report.result?.data).toMatchObject({ 'text/plain': String(100 + secret.length) })
    })
  })
})
