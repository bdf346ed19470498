import { expect, test } from '@jest/globals'
import { describeWith } from '../support/describe_with.ts'
import type { Delays } from './cloud/project.ts'
import { noDelays } from './cloud/project.ts'
import { deployed, StandIn } from './stand_in.ts'

/** Longer than what a script does in between, so that each is met. */
const slow: Delays = { api: 6, account: 4, role: 30, metric: 0, agent: 0, run: 3 }

describeWith('openssl', 'deploy.sh in a fresh project', () => {
  test('waits until Google Cloud knows everywhere what was made, and shows for what', async () => {
    await using machine = await StandIn.make([], { delays: slow })
    await using quick = await StandIn.make()
    const { status, stderr } = await machine.run('deploy.sh', [])
    expect([status, stderr]).toEqual([0, expect.any(String)])
    for (const reason of [
      'API has not been used in project demo before',
      'Service account nbtrigger-build@demo.iam.gserviceaccount.com does not exist',
      'does not have storage.objects.get access',
    ]) {
      expect(stderr).toContain(reason)
    }
    expect(stderr).toMatch(/trying again in 0 s \(1 of 48\)/)
    await quick.run('deploy.sh', [])
    expect(machine.project.state()).toEqual(quick.project.state())
  })

  test.each([
    {
      name: 'the Eventarc agent',
      grant: 'eventarc.serviceAgent',
      reason: 'Eventarc Service Agent',
    },
    {
      name: 'readers of the token',
      grant: 'secretAccessor',
      reason: 'Permission denied on secret',
    },
  ])('waits for the role of $name', async ({ grant, reason }) => {
    await using machine = await StandIn.make([], {
      delays: { ...noDelays, role: 40 },
      isSlow: (role) => role.includes(grant),
    })
    const { status, stderr } = await machine.run('deploy.sh', [])
    expect(status).toBe(0)
    expect(stderr).toContain(reason)
  })

  test('waits for the account of Cloud Functions itself', async () => {
    await using machine = await StandIn.make([], { delays: { ...noDelays, agent: 60 } })
    const { status, stderr } = await machine.run('deploy.sh', [])
    expect(stderr).toContain('Unable to retrieve the repository metadata')
    expect(status).toBe(0)
    expect(await machine.things()).toEqual(deployed)
  })

  test('gives up after 8 minutes, and says how to continue', async () => {
    await using machine = await StandIn.make([], { delays: { ...noDelays, role: 1000 } })
    const { status, stderr } = await machine.run('deploy.sh', ['jupyter'])
    expect(status).toBe(1)
    expect(stderr).toContain('(47 of 48)')
    expect(stderr).toContain('Run the same command again')
    const calls = await machine.calls()
    expect(calls.filter(({ args }) => args.join(' ').startsWith('run deploy'))).toHaveLength(48)
  })

  test('stops at once where Google builds nothing for a new project', async () => {
    await using machine = await StandIn.make([], { mayBuildIn: (region) => region !== 'us-east1' })
    const { status, stderr } = await machine.run('deploy.sh', [], { REGION: 'us-east1' })
    expect([status, stderr]).toEqual([1, expect.stringContaining('restricted_regions')])
    expect(stderr).toContain('docs/google_cloud.md')
    const calls = await machine.calls()
    expect(calls.filter(({ args }) => args.join(' ').startsWith('run deploy'))).toHaveLength(1)
  })

  test.each([
    { name: 'today', isOld: false },
    { name: 'before April 2021', isOld: true },
  ])('lets messages arrive in a project from $name', async ({ isOld }) => {
    await using machine = await StandIn.make([], { isOld })
    await machine.run('deploy.sh', [])
    expect(await machine.things()).toEqual(deployed)
    const { status, stdout } = await machine.run('publish.sh', ['--wait'])
    expect([status, stdout]).toEqual([0, expect.stringContaining('succeeded')])
  })
})
