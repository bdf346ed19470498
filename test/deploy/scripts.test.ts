import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { splitWords } from '../../src/request/shell_words.ts'
import { describeWith } from '../support/describe_with.ts'
import { repositoryRoot } from '../support/repository.ts'
import { argsOf, findCall, makes } from './calls.ts'
import { deployed, StandIn } from './stand_in.ts'

const alerts = { NOTIFY: 'ann@example.com' }

describe('--dry-run', () => {
  test.each([
    ['monitoring/apply.sh', []],
    ['publish.sh', ["/it's/a @A@ b.ipynb", '--cell-timeout', '5']],
    ['logs.sh', []],
  ])('of %s prints commands that a shell can run, and runs none', printsWhatItRuns)

  describeWith('openssl', 'of deploy.sh', () => {
    test('prints commands that a shell can run, and runs none', () =>
      printsWhatItRuns('deploy.sh', []))
  })
})

describe('teardown.sh', () => {
  test('deletes everything, and nothing when it runs again', async () => {
    await using machine = await StandIn.make(deployed)
    await machine.run('monitoring/apply.sh', [], alerts)
    const shown = await machine.run('teardown.sh', ['--dry-run'], { PROJECT: 'demo' })
    expect(await machine.run('teardown.sh', ['--yes'])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.things()).toEqual(['monitoring channels ann'])
    expect(await machine.run('teardown.sh', ['--yes'])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.paste(shown.stdout)).toMatchObject({ status: 0, stderr: '' })
  })

  test('does not claim success when it cannot see the project', async () => {
    await using machine = await StandIn.make(deployed)
    const { status, stdout } = await machine.run('teardown.sh', ['--yes'], {
      GCLOUD_REFUSES: 'projects describe',
    })
    expect([status, stdout]).toEqual([1, expect.not.stringContaining('Done')])
    expect(await machine.things()).toEqual(deployed)
  })

  test('deletes nothing without confirmation', async () => {
    await using machine = await StandIn.make(deployed)
    expect((await machine.run('teardown.sh', [])).status).toBe(2)
    expect(await machine.things()).toEqual(deployed)
  })
})

describe('monitoring/apply.sh', () => {
  test('creates everything once, and sends alerts to the given address', async () => {
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

  test('creates alerts without an address too', async () => {
    await using machine = await StandIn.make()
    expect(await machine.run('monitoring/apply.sh', [])).toMatchObject({ status: 0, stderr: '' })
    const calls = await machine.calls()
    expect(JSON.stringify(calls)).not.toContain('channel')
    expect(calls.filter(makes)).toHaveLength(8)
  })
})

describe('publish.sh', () => {
  test.each([
    [["/it's/a b.ipynb", '--verbose']],
    [['/a.ipynb', '-p', 'to', 'Ann @@ BOB@A@b', '-r', 'quote', '"\'"']],
  ])('publishes a message that is read as %j', async (args) => {
    await using machine = await StandIn.make(deployed)
    await machine.run('publish.sh', args)
    expect(await sent(machine, 'pubsub topics publish')).toEqual(args)
  })

  test('and the schedule send the notebook of the settings, whatever its name is', async () => {
    await using machine = await StandIn.make(deployed)
    const settings = { NOTEBOOK: "/it's a/day @DAY@.ipynb", OPTIONS: '-p name "Ann B"' }
    await machine.run('publish.sh', [], settings)
    await machine.run('deploy.sh', ['schedule'], settings)
    const words = ["/it's a/day @DAY@.ipynb", '-p', 'name', 'Ann B']
    expect(await sent(machine, 'pubsub topics publish')).toEqual(words)
    expect(await sent(machine, 'scheduler jobs update')).toEqual(words)
  })

  test('refuses options without a notebook before it publishes anything', async () => {
    await using machine = await StandIn.make(deployed)
    const { status, stderr } = await machine.run('publish.sh', ['--dryrun'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('the notebook comes first')])
    expect(await machine.calls()).toEqual([])
  })
})

/** With --dry-run, a script prints commands that do what it does without. */
async function printsWhatItRuns(script: string, args: readonly string[]): Promise<void> {
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
}

/** The words of the message, without those that every one has. */
async function sent(machine: StandIn, call: string): Promise<readonly string[]> {
  const { args } = findCall(await machine.calls(), call)
  const message = args.find((arg) => /^--message(-body)?=/.test(arg)) ?? ''
  const words = splitWords(message.replace(/^[^=]*=/, ''))
  expect([words[0], words.at(-1)]).toEqual(['jupyter-1.run.app', '--use-https'])
  return words.slice(1, -1)
}

describe('--help', () => {
  const scripts = [
    'deploy.sh',
    'notebooks.sh',
    'publish.sh',
    'logs.sh',
    'teardown.sh',
    'monitoring/apply.sh',
  ]
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
