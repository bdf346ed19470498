import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startCommand } from '../support/command.ts'
import { type CommandRun, runCommand } from '../support/command_run.ts'
import { describeWith } from '../support/describe_with.ts'
import { runDoctor } from '../support/doctor_run.ts'
import { JupyterHub } from '../support/jupyter_hub.ts'
import { type CellSource, notebookOf } from '../support/notebook_file.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { until } from '../support/until.ts'

const having = (text: string): unknown => expect.stringContaining(text)
const sleeping = 'import time; print("begun", flush=True); time.sleep(600)'

describeWith('jupyterhub', 'JupyterHub', () => {
  let hub: JupyterHub
  beforeAll(async () => {
    hub = await JupyterHub.start()
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  /** Runs a new notebook by the command, with the token that the documentation asks for. */
  async function runCells(
    cells: readonly CellSource[],
    args: readonly string[],
    token = hub.tokens.runner,
  ): Promise<CommandRun> {
    const path = `/${randomUUID()}.ipynb`
    await hub.writeNotebook(path, cells)
    return await runCommand([hub.host, path, ...args], { token })
  }

  test('runs at once have a server each, which are stopped and removed', async () => {
    const runs = await Promise.all(
      [1, 2].map((n) => runCells([`${n} * 10`], ['--hub', 'ann', '-o', `/out-${n}.ipynb`])),
    )
    const reports = runs.map(({ report }) => report)
    for (const report of reports) {
      expect(report).toMatchObject({
        outcome: 'succeeded',
        kernelDeleted: true,
        server: `http://${hub.host}/user/ann/${report.hub?.server}/`,
        hub: { user: 'ann', stopped: true, startMs: expect.any(Number) },
        warnings: [],
      })
    }
    expect(reports.map(({ result }) => result?.data['text/plain'])).toEqual(['10', '20'])
    expect(reports.flatMap(({ outputs }) => outputs)).toHaveLength(2)
    expect(new Set(reports.map((report) => report.hub?.server)).size).toBe(2)
    expect(await hub.servers('ann')).toEqual([])
  })

  test.each([
    {
      name: 'a start that fails',
      args: ['--hub', 'ann', '--hub-options', '{"fail": "no node is free"}'],
      code: 'HUB_START_FAILED',
      said: 'no node is free',
      stopped: true,
    },
    {
      name: 'a start that takes too long',
      args: ['--hub', 'ann', '--hub-options', '{"slow": 6}', '--start-timeout', '4'],
      code: 'HUB_START_FAILED',
      said: 'was not ready within 4 s (--start-timeout)',
      stopped: true,
    },
    {
      name: 'a token without the scope to start',
      token: 'reader',
      args: ['--hub', 'ann'],
      code: 'HUB_FORBIDDEN',
      said: 'give its role the scopes "servers!user=ann" and "access:servers!user=ann"',
      stopped: null,
    },
    {
      name: 'the server of another user',
      args: ['--hub', 'bob'],
      code: 'HUB_FORBIDDEN',
      said: 'has no user "bob", or the token may not see this user',
      stopped: null,
    },
    {
      name: "no user with a service's token",
      args: ['--hub'],
      code: 'ARGUMENTS_INVALID',
      said: 'the token belongs to the service "runner"',
      stopped: null,
    },
  ] as const)('$name ends the run with $code', async ({ args, code, said, stopped, ...row }) => {
    const token = hub.tokens['token' in row ? row.token : 'runner']
    const { report } = await runCells(['1'], args, token)
    expect(report).toMatchObject({ error: { code, message: having(said) }, hub: { stopped } })
    expect(await hub.servers('ann')).toEqual([])
  })

  test('an unknown token is refused as such', async () => {
    const { report } = await runCells(['1'], ['--hub', 'ann'], 'nonsense')
    const message = having('JupyterHub does not know the token')
    expect(report.error).toMatchObject({ code: 'TOKEN_REFUSED', message })
  })

  test('--prepare-only starts a server for a notebook that is on it, and none for another', async () => {
    const args = ['--hub', 'ann', '--prepare-only']
    const { report } = await runCells(['1'], [...args, '-o', '/prepared.ipynb'])
    expect(report).toMatchObject({
      outcome: 'succeeded',
      kernel: null,
      outputs: ['/prepared.ipynb'],
      hub: { user: 'ann', stopped: true },
    })
    await using folder = await ScratchFolder.make('hub')
    const path = `file:${join(folder.path, 'x.ipynb')}`
    await writeFile(join(folder.path, 'x.ipynb'), JSON.stringify(notebookOf(['1'])))
    const output = `file:${join(folder.path, 'y.ipynb')}`
    const elsewhere = await runCommand([hub.host, path, ...args, '-o', output], {
      token: 'nonsense',
    })
    expect(elsewhere.report).toMatchObject({ outcome: 'succeeded', outputs: [output] })
    expect(elsewhere.report.hub).toBeUndefined()
    expect(await hub.servers('ann')).toEqual([])
  })

  test('SIGTERM during a cell stops the server, too', async () => {
    const path = '/sleeps.ipynb'
    await hub.writeNotebook(path, [sleeping])
    const args = [hub.host, path, '--hub', 'ann', '--json', '--verbose']
    await using child = await startCommand(args, { JUPYTER_TOKEN: hub.tokens.runner })
    await child.untilLine(/begun/, 60_000)
    process.kill(child.pid, 'SIGTERM')
    await child.ended()
    expect(child.status).toBe(130)
    expect(JSON.parse(child.stdout)).toMatchObject({ outcome: 'cancelled', hub: { user: 'ann' } })
    await until('no server', async () => (await hub.servers('ann')).length === 0 || undefined)
  })

  test('a server that runs is used, and left running', async () => {
    const args = ['--hub', 'ann/own']
    await hub.request('POST', '/users/ann/servers/own')
    const { report } = await runCells(['2'], args)
    expect(report).toMatchObject({
      outcome: 'succeeded',
      hub: { user: 'ann', server: 'own', stopped: null },
    })
    const { body } = await hub.request('GET', '/users/ann')
    expect(JSON.parse(body)).toMatchObject({ servers: { own: { ready: true } } })
    await hub.request('DELETE', '/users/ann/servers/own', { remove: true })
    await until('no server', async () => (await hub.servers('ann')).length === 0 || undefined)
  })

  test('without --hub, a server that does not run is told as that', async () => {
    const args = ['--base-url', '/user/ann/', '--start-timeout', '5']
    const { report } = await runCells(['1'], args)
    expect(report.error).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: having("JupyterHub says that this user's server is not running"),
    })
  })

  test('the doctor looks at the Hub, and at a server that it starts', async () => {
    const env = { JUPYTER_TOKEN: hub.tokens.runner }
    const args = [hub.host, '/workspaces/JupyterAPI_Test.ipynb', '--hub', 'ann']
    const { findings, status } = await runDoctor(args, env)
    expect(status).toBe(0)
    expect(findings).toMatchObject({
      JupyterHub: { verdict: 'good', what: having('JupyterHub 3.') },
      scopes: { verdict: 'good', what: having('the service "runner"') },
      servers: { verdict: 'good', what: having('"ann" has 0 servers on') },
      start: { verdict: 'good' },
      kernel: { verdict: 'good' },
      stop: { verdict: 'good', what: 'the server was stopped' },
    })
    expect(await hub.servers('ann')).toEqual([])
  })

  test('the doctor says which scopes a token lacks', async () => {
    const { findings, status } = await runDoctor([hub.host, '--hub', 'ann'], {
      JUPYTER_TOKEN: hub.tokens.reader,
    })
    expect(status).toBe(3)
    expect(findings['scopes']).toMatchObject({
      verdict: 'bad',
      what: having('has not delete:servers for "ann"'),
    })
  })

  test('without a name, --hub is for the user that the token belongs to', async () => {
    const { body } = await hub.request('POST', '/users/ann/tokens')
    const { token }: { readonly token: string } = JSON.parse(body)
    const args = ['--hub-options', '{"fail": "no node is free"}', '--hub']
    const { report } = await runCells(['1'], args, token)
    expect(report).toMatchObject({ error: { code: 'HUB_START_FAILED' }, hub: { user: 'ann' } })
  })
})
