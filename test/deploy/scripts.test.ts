import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { splitWords } from '../../src/request/shell_words.ts'
import { describeWith } from '../support/describe_with.ts'
import { repositoryRoot } from '../support/repository.ts'
import { argsOf, findCall, makes } from './calls.ts'
import { noDelays } from './cloud/project.ts'
import { deployed, StandIn } from './stand_in.ts'

/** Every name of an installation beside the default one. */
const secondInstallation = {
  FUNCTION: 'b',
  HTTP_SERVICE: 'b-http',
  JUPYTER: 'b-jupyter',
  JUPYTER_ACCOUNT: 'b-jupyter',
  FUNCTION_ACCOUNT: 'b-function',
  BUILD_ACCOUNT: 'b-build',
  SECRET: 'b-token',
  TOPIC: 't_b',
  RESULT_TOPIC: 't_b_results',
  REJECTED_TOPIC: 't_b_rejected',
  REJECTED_SUBSCRIPTION: 's_b_rejected',
  JOB: 'j_hourly_b',
  RUN_JOB: 'b-job',
}

const alerts = { NOTIFY: 'ann@example.com' }

describe('--dry-run', () => {
  test.each([
    ['monitoring/apply.sh', []],
    ['publish.sh', ["/it's/a @A@ b.ipynb", '--cell-timeout', '5']],
    ['logs.sh', ['--failed', '--notebook', '/it"s.ipynb']],
  ])('of %s prints commands that a shell can run, and runs none', printsWhatItRuns)

  describeWith('openssl', 'of deploy.sh', () => {
    test.each([{ args: [] }, { args: ['job'] }, { args: ['job', '--engine', 'server'] }])(
      'prints commands that a shell can run, and runs none: $args',
      ({ args }) => printsWhatItRuns('deploy.sh', args),
    )
  })
})

describe('teardown.sh', () => {
  describeWith('openssl', 'after deploy.sh', () => {
    test('deletes everything of its own, and nothing when it runs again', async () => {
      await using machine = await StandIn.make()
      await machine.run('deploy.sh', [])
      await machine.run('monitoring/apply.sh', [], alerts)
      const shown = await machine.run('teardown.sh', ['--dry-run'], { PROJECT: 'demo' })
      expect(await machine.run('teardown.sh', ['--yes'])).toMatchObject({ status: 0, stderr: '' })
      expect(await machine.things()).toEqual([
        'iam service-accounts service-123456789@gcp-sa-eventarc.iam.gserviceaccount.com',
        'iam service-accounts service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com',
        'iam service-accounts service-123456789@gcf-admin-robot.iam.gserviceaccount.com',
        'iam service-accounts service-123456789@serverless-robot-prod.iam.gserviceaccount.com',
        'storage buckets demo-nbtrigger',
        'artifacts repositories cloud-run-source-deploy',
        'artifacts repositories gcf-artifacts',
        'monitoring channels ann@example.com',
      ])
      expect(await machine.run('teardown.sh', ['--yes'])).toMatchObject({ status: 0, stderr: '' })
      expect(await machine.paste(shown.stdout)).toMatchObject({ status: 0, stderr: '' })
    })
  })

  test('does not claim success when it cannot see the project', async () => {
    await using machine = await StandIn.make(deployed)
    const { status, stdout } = await machine.runRefusing('projects describe', 'teardown.sh', [
      '--yes',
    ])
    expect([status, stdout]).toEqual([1, expect.not.stringContaining('Done')])
    expect(await machine.things()).toEqual(deployed)
  })

  test('deletes the alerts of its own installation, and the shared metrics with the last one', async () => {
    const second = deployed.map((thing) => thing.replace('nbtrigger', 'b'))
    await using machine = await StandIn.make([...deployed, ...second])
    const monitored = () =>
      machine.project.things().filter((thing) => /^(monitoring|logging) /.test(thing))
    await machine.run('monitoring/apply.sh', [])
    const first = monitored()
    await machine.run('monitoring/apply.sh', [], secondInstallation)
    expect(monitored().slice(first.length)).toEqual(
      first.filter((thing) => thing.startsWith('monitoring')).map((thing) => `${thing} (b)`),
    )
    const text = (alert: string) =>
      String(machine.project.find('monitoring policies', `nbtrigger ${alert}`)?.['text'])
    expect(text('run failed (b)')).toContain(
      'service_name=~"^(b|b-http|b-job)$" OR resource.labels.job_name=~"^(b|b-http|b-job)$"',
    )
    expect(text('is silent')).toContain('service_name="nbtrigger"')
    expect(text('is silent (b)')).toContain('service_name="b"')
    const tornDown = await machine.run('teardown.sh', ['--yes'], secondInstallation)
    expect(tornDown).toMatchObject({ status: 0 })
    expect(monitored()).toEqual(first)
    expect(await machine.run('teardown.sh', ['--yes'])).toMatchObject({ status: 0 })
    expect(monitored()).toEqual([])
  })

  test('deletes nothing without confirmation', async () => {
    await using machine = await StandIn.make(deployed)
    expect((await machine.run('teardown.sh', [])).status).toBe(2)
    expect(await machine.things()).toEqual(deployed)
  })
})

describe('monitoring/apply.sh', () => {
  test('creates everything once, and sends alerts to the given address', async () => {
    await using machine = await StandIn.make(deployed)
    const run = () => machine.run('monitoring/apply.sh', [], alerts)
    expect(await run()).toMatchObject({ status: 0, stderr: '' })
    const made = await machine.calls()
    expect(made.filter(makes)).toHaveLength(15)
    expect(findCall(made, 'alpha monitoring policies create').args).toContain(
      '--notification-channels=projects/demo/channels/1',
    )
    expect(await run()).toMatchObject({ status: 0, stderr: '' })
    expect((await machine.calls()).filter(makes)).toHaveLength(15)
  })

  test('creates alerts without an address too', async () => {
    await using machine = await StandIn.make(deployed)
    expect(await machine.run('monitoring/apply.sh', [])).toMatchObject({ status: 0, stderr: '' })
    const calls = await machine.calls()
    expect(JSON.stringify(calls)).not.toContain('channel')
    expect(calls.filter(makes)).toHaveLength(14)
  })

  test('watches the subscriptions of this deployment', async () => {
    const settings = { REJECTED_SUBSCRIPTION: 's_rejected', SILENCE: '84000s' }
    await using machine = await StandIn.make(deployed)
    expect(await machine.run('monitoring/apply.sh', [], settings)).toMatchObject({ status: 0 })
    const text = JSON.stringify(machine.project.state())
    for (const name of ['eventarc-nbtrigger-1-sub-001', 's_rejected', '84000s']) {
      expect(text).toContain(name)
    }
    expect(text).not.toMatch(/@[A-Z]+@/)
  })

  test('runs the notebook of the schedule after the alert on silence is there, at every call', async () => {
    await using machine = await StandIn.make(deployed)
    for (const _ of ['first', 'second']) {
      const before = (await machine.calls()).length
      await machine.run('monitoring/apply.sh', [])
      const lines = argsOf((await machine.calls()).slice(before)).map((args) => args.join(' '))
      expect(lines.filter((line) => / topics publish /.test(line))).toEqual([lines.at(-1)])
    }
  })

  test('makes no alert on silence with SILENCE=none, and runs nothing', async () => {
    await using machine = await StandIn.make(deployed)
    await machine.run('monitoring/apply.sh', [], { SILENCE: 'none' })
    expect(JSON.stringify(await machine.calls())).not.toContain('"publish"')
    const text = (await machine.things()).join()
    expect(text).toContain('nbtrigger run failed')
    expect(text).not.toContain('nbtrigger is silent')
  })

  test.each([
    { host: 'logging.googleapis.com', title: 'Cloud Logging API' },
    { host: 'monitoring.googleapis.com', title: 'Cloud Monitoring API' },
  ])('waits until $host is enabled everywhere', async ({ host, title }) => {
    await using machine = await StandIn.make(deployed, { delays: { ...noDelays, api: 20 } })
    machine.project.enable(['monitoring.googleapis.com'])
    machine.project.now = 100
    machine.project.disable(host)
    const { status, stderr } = await machine.run('monitoring/apply.sh', [])
    expect(stderr).toContain(`${title} has not been used`)
    expect(status).toBe(0)
  })

  test('waits until new metrics are known', async () => {
    await using machine = await StandIn.make(deployed, { delays: { ...noDelays, metric: 60 } })
    const { status, stderr } = await machine.run('monitoring/apply.sh', [])
    expect(status).toBe(0)
    expect(stderr).toContain('could take up to 10 minutes')
    expect(stderr).toMatch(/trying again in 0 s \(\d+ of 72\)/)
    const lines = argsOf(await machine.calls()).map((args) => args.join(' '))
    const firstOf = (words: string) => lines.findIndex((line) => line.includes(words))
    expect(firstOf('dashboards create')).toBeLessThan(firstOf('policies create'))
  })

  test('says how to continue when it stops', async () => {
    await using machine = await StandIn.make()
    const { status, stderr } = await machine.run('monitoring/apply.sh', [])
    expect([status, stderr]).toEqual([1, expect.stringContaining('the same command goes on')])
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
    const args = ["/it's a/day @DAY@.ipynb", '-p', 'name', 'Ann B']
    expect(await sent(machine, 'pubsub topics publish')).toEqual(args)
    expect(await sent(machine, 'scheduler jobs update')).toEqual(args)
  })

  describeWith('openssl', 'with --wait', () => {
    test.each([
      { name: 'shows the end of the run', habits: {}, status: 0, stdout: 'succeeded  run-1' },
      {
        name: 'fails when the notebook does',
        habits: { outcome: 'failed' },
        status: 1,
        stdout: 'failed  run-1',
      },
    ])('$name', async ({ habits, status, stdout }) => {
      const delays = { ...noDelays, run: 5 }
      await using machine = await StandIn.make([], { delays, ...habits })
      await machine.run('deploy.sh', [])
      const before = (await machine.calls()).length
      expect(await machine.run('publish.sh', ['--wait'])).toMatchObject({
        status,
        stdout: expect.stringContaining(stdout),
      })
      const calls = (await machine.calls()).slice(before)
      expect(calls.filter(({ args }) => args[0] === 'logging')).toHaveLength(5)
    })

    test('goes on waiting when the log cannot be read once', async () => {
      await using machine = await StandIn.make()
      await machine.run('deploy.sh', [])
      machine.refuseOnce('logging read')
      const { status, stdout, stderr } = await machine.run('publish.sh', ['--wait'])
      expect(stderr).toContain('RESOURCE_EXHAUSTED')
      expect([status, stdout]).toEqual([0, expect.stringContaining('succeeded')])
    })

    test('says where to look when the run does not end', async () => {
      await using machine = await StandIn.make(deployed)
      const { status, stderr } = await machine.run('publish.sh', ['--wait'])
      expect([status, stderr]).toEqual([
        2,
        expect.stringContaining('Cannot show how the run ended'),
      ])
    })
  })

  test('refuses options without a notebook before it publishes anything', async () => {
    await using machine = await StandIn.make(deployed)
    const { status, stderr } = await machine.run('publish.sh', ['--dryrun'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('no such option')])
    expect(await machine.calls()).toEqual([])
  })
})

/** With --dry-run, a script prints commands that do what it does without. */
async function printsWhatItRuns(script: string, args: readonly string[]): Promise<void> {
  const there = args.includes('job') || script !== 'deploy.sh' ? deployed : []
  await using pasting = await StandIn.make(there)
  await using running = await StandIn.make(there)
  const env = { PROJECT: 'demo', ...alerts }
  const shown = await pasting.run(script, ['--dry-run', ...args], env)
  expect(shown).toMatchObject({ status: 0, stderr: '' })
  expect(await pasting.calls()).toEqual([])

  expect(await pasting.paste(shown.stdout)).toMatchObject({ status: 0, stderr: '' })
  expect(await running.run(script, args, env)).toMatchObject({ status: 0, stderr: '' })
  const ran = argsOf(await running.calls()).filter(([word]) => word !== 'version')
  expect(argsOf(await pasting.calls())).toEqual(ran)
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
  test.each([
    { script: 'deploy.sh', others: ['NOTIFY', 'SILENCE'] },
    {
      script: 'publish.sh',
      only: ['PROJECT', 'REGION', 'FUNCTION', 'TOPIC', 'NOTEBOOK', 'OPTIONS', 'JUPYTER'],
    },
    { script: 'notebooks.sh', only: ['PROJECT', 'NOTEBOOKS_BUCKET'] },
    { script: 'logs.sh', only: ['PROJECT'] },
    { script: 'teardown.sh', others: ['NOTIFY', 'NOTEBOOK', 'SCHEDULE', 'BUCKET'] },
    { script: 'monitoring/apply.sh', others: ['SECRET', 'SCHEDULE', 'JOB', 'BUCKET'] },
  ])('of $script tells of its settings, and of no others', async ({ script, only, others }) => {
    await using machine = await StandIn.make()
    const { status, stdout } = await machine.run(script, ['--help'])
    expect(status).toBe(0)
    const settings = await readFile(join(repositoryRoot, 'deploy/settings.sh'), 'utf8')
    const names = [...settings.matchAll(/\$\{([A-Z_]+):=/g)].map(([, name = '']) => name)
    const told = [...(stdout.split('Settings')[1] ?? '').matchAll(/^  ([A-Z_]+) +\w/gm)].map(
      ([, name = '']) => name,
    )
    expect(names).toEqual(expect.arrayContaining(told))
    if (only !== undefined) expect(told).toEqual(only)
    if (script === 'deploy.sh')
      expect(told).toEqual(names.filter((name) => !others?.includes(name)))
    for (const name of others ?? []) expect(told).not.toContain(name)
  })
})
