import { describe, expect, test } from '@jest/globals'
import { readRequest } from '../../src/request/read_request.ts'
import { splitWords } from '../../src/request/words.ts'
import { demoNotebook } from '../support/demo_jupyter.ts'
import { findCall, makes } from './calls.ts'
import { StandIn, deployed } from './stand_in.ts'

describe('deploy.sh', () => {
  test('makes every part, and none of them again when it runs again', async () => {
    await using machine = await StandIn.make()
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.things()).toEqual(deployed)

    const before = (await machine.calls()).length
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0, stderr: '' })
    expect((await machine.calls()).slice(before).filter(makes)).toEqual([])
    expect(await machine.things()).toEqual(deployed)
  })

  test('gives the function the address of Jupyter, and the schedule its message', async () => {
    await using machine = await StandIn.make()
    const settings = { SCHEDULE: '30 6 * * 1-5', TIME_ZONE: 'Europe/Berlin', OPTIONS: '--verbose' }
    await machine.run('deploy.sh', [], settings)
    const calls = await machine.calls()
    expect(findCall(calls, 'functions deploy').args).toEqual(
      expect.arrayContaining([
        '--set-env-vars=JUPYTER_SERVER=jupyter-1.run.app',
        '--set-secrets=JUPYTER_TOKEN=nbtrigger-token:latest',
        '--trigger-topic=t_nbtrigger',
        '--runtime=nodejs22',
        '--timeout=540s',
        '--retry',
      ]),
    )
    const message = 'jupyter-1.run.app /workspaces/JupyterAPI_Test.ipynb --verbose --use-https'
    expect(findCall(calls, 'scheduler jobs update').args).toEqual(
      expect.arrayContaining([
        '--schedule=30 6 * * 1-5',
        '--time-zone=Europe/Berlin',
        `--message-body=${message}`,
      ]),
    )
    const env = { JUPYTER_SERVER: 'jupyter-1.run.app', JUPYTER_TOKEN: 'secret' }
    const { server, notebook } = readRequest(splitWords(message), env, 'function')
    expect([server.href, notebook]).toEqual(['https://jupyter-1.run.app/', demoNotebook])
  })

  test('makes a token that nobody sees, and a new one only when asked to', async () => {
    await using machine = await StandIn.make()
    const first = await machine.run('deploy.sh', [])
    const second = await machine.run('deploy.sh', ['--new-token'])
    const calls = await machine.calls()
    const tokens = calls.flatMap(({ input }) => (input === null ? [] : [input]))
    expect(tokens).toHaveLength(2)
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) {
      expect(token).toMatch(/^[0-9a-f]{48}$/)
      const shown = JSON.stringify([first, second, calls.map(({ args }) => args)])
      expect(shown).not.toContain(token)
    }
  })

  test('tries again until a new account is known', async () => {
    await using machine = await StandIn.make()
    const { status, stderr } = await machine.run('deploy.sh', [], { GCLOUD_IS_LATE: '1' })
    expect(status).toBe(0)
    expect(stderr.match(/Trying again/g)).toHaveLength(3)
  })

  test('stops at what Google refuses, and says how to go on', async () => {
    await using machine = await StandIn.make()
    const refused = { GCLOUD_REFUSES: 'functions deploy' }
    const { status, stderr } = await machine.run('deploy.sh', [], refused)
    expect(status).toBe(1)
    expect(stderr).toContain('It goes on from here, and what is there stays.')
    expect(await machine.things()).toEqual(deployed.slice(0, 7))
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.things()).toEqual(deployed)
  })

  test.each([
    ['an unknown option', ['--force'], {}, 'Cannot read the argument "--force"'],
    ['a way of access that is not there', [], { JUPYTER_ACCESS: 'x' }, 'Cannot use JUPYTER_ACCESS'],
  ])('refuses %s before it does anything', async (_, args, env, reason) => {
    await using machine = await StandIn.make()
    const { status, stderr } = await machine.run('deploy.sh', args, env)
    expect(status).toBe(2)
    expect(stderr).toContain(reason)
    expect(await machine.calls()).toEqual([])
  })

  test('takes --public-jupyter for the way that it goes anyway', async () => {
    await using machine = await StandIn.make()
    const [plain, open] = [
      await machine.run('deploy.sh', ['--dry-run'], { PROJECT: 'demo' }),
      await machine.run('deploy.sh', ['--dry-run', '--public-jupyter'], { PROJECT: 'demo' }),
    ]
    expect(plain.stdout).toContain(' --allow-unauthenticated ')
    expect(open).toEqual(plain)
  })
})
