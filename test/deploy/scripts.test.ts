import { describe, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { splitWords } from '../../src/request/words.ts'
import { repositoryRoot } from '../support/repository.ts'
import { argsOf, findCall, makes } from './calls.ts'
import { StandIn, deployed } from './stand_in.ts'

const alerts = { NOTIFY: 'ann@example.com' }

describe('--dry-run', () => {
  test.each([
    ['deploy.sh', []],
    ['monitoring/apply.sh', []],
    ['publish.sh', ["/it's/a b.ipynb", '--cell-timeout', '5']],
    ['logs.sh', []],
  ])('of %s calls nothing, and prints what it runs so that a shell can', async (script, args) => {
    const there = script === 'deploy.sh' ? [] : deployed
    await using pasting = await StandIn.make(there)
    await using running = await StandIn.make(there)
    const env = { PROJECT: 'demo', ...alerts }
    const shown = await pasting.run(script, ['--dry-run', ...args], env)
    expect(shown).toMatchObject({ status: 0, stderr: '' })
    expect(await pasting.calls()).toEqual([])

    expect(await pasting.paste(shown.stdout)).toMatchObject({ status: 0, stderr: '' })
    expect(await running.run(script, args, env)).toMatchObject({ status: 0, stderr: '' })
    expect(argsOf(await pasting.calls())).toEqual(argsOf(await running.calls()))
    expect(await pasting.things()).toEqual(await running.things())
  })
})

describe('teardown.sh', () => {
  test('leaves nothing, and has nothing to do when it runs again', async () => {
    await using machine = await StandIn.make(deployed)
    await machine.run('monitoring/apply.sh', [], alerts)
    const shown = await machine.run('teardown.sh', ['--dry-run'], { PROJECT: 'demo' })
    expect(await machine.run('teardown.sh', ['--yes'])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.things()).toEqual(['monitoring channels ann'])
    expect(await machine.run('teardown.sh', ['--yes'])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.paste(shown.stdout)).toMatchObject({ status: 0, stderr: '' })
  })

  test('deletes nothing when it is not told to', async () => {
    await using machine = await StandIn.make(deployed)
    expect((await machine.run('teardown.sh', [])).status).toBe(2)
    expect(await machine.things()).toEqual(deployed)
  })
})

describe('monitoring/apply.sh', () => {
  test('makes everything once, and sends alerts to the address it is given', async () => {
    await using machine = await StandIn.make()
    const run = () => machine.run('monitoring/apply.sh', [], alerts)
    expect(await run()).toMatchObject({ status: 0, stderr: '' })
    const made = await machine.calls()
    expect(made.filter(makes)).toHaveLength(9)
    expect(findCall(made, 'alpha monitoring policies create').args).toContain(
      '--notification-channels=monitoring/channels/ann',
    )
    expect(await run()).toMatchObject({ status: 0, stderr: '' })
    expect((await machine.calls()).filter(makes)).toHaveLength(9)
  })

  test('makes alerts without an address too', async () => {
    await using machine = await StandIn.make()
    expect(await machine.run('monitoring/apply.sh', [])).toMatchObject({ status: 0, stderr: '' })
    const calls = await machine.calls()
    expect(JSON.stringify(calls)).not.toContain('channel')
    expect(calls.filter(makes)).toHaveLength(8)
  })
})

describe('publish.sh', () => {
  test.each([
    [[], ['/workspaces/JupyterAPI_Test.ipynb']],
    [
      ["/it's/a b.ipynb", '--verbose'],
      ["/it's/a b.ipynb", '--verbose'],
    ],
  ])('of %j publishes a message that is read as such', async (args, words) => {
    await using machine = await StandIn.make(deployed)
    await machine.run('publish.sh', args)
    const { args: published } = findCall(await machine.calls(), 'pubsub topics publish')
    const message = published.find((arg) => arg.startsWith('--message='))?.slice(10) ?? ''
    expect(splitWords(message)).toEqual(['jupyter-1.run.app', ...words, '--use-https'])
  })
})

describe('--help', () => {
  const scripts = ['deploy.sh', 'publish.sh', 'logs.sh', 'teardown.sh', 'monitoring/apply.sh']
  test.each(scripts)('of %s tells of every setting', async (script) => {
    await using machine = await StandIn.make()
    const { status, stdout } = await machine.run(script, ['--help'])
    expect(status).toBe(0)
    const settings = await readFile(join(repositoryRoot, 'deploy/settings.sh'), 'utf8')
    const names = [...settings.matchAll(/\$\{([A-Z_]+):=/g)].map(([, name]) => name)
    expect(names.length).toBeGreaterThan(15)
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name} +\\w`, 'm'))
  })
})
