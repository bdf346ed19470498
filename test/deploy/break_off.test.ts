import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWith } from '../support/describe_with.ts'
import type { Project } from './cloud/project.ts'
import { StandIn } from './stand_in.ts'

/*
 * A script that is killed leaves nothing but the project. So a run goes on from a copy of the project after
 * each change, and a few runs are killed in truth, to show that they leave such a copy.
 */
describeWith('openssl', 'deploy.sh that is broken off', () => {
  let undisturbed: StandIn
  let copies: readonly Project[]
  beforeAll(async () => {
    undisturbed = await StandIn.make()
    copies = await undisturbed.runWithCopies('deploy.sh', [])
  })
  afterAll(() => undisturbed[Symbol.asyncDispose]())

  test('goes on from every change to the same end', async () => {
    expect(copies.length).toBeGreaterThan(30)
    await forEachState(copies, async (copy) => {
      await using machine = await StandIn.make([], {}, copy)
      const from = copy.things().at(-1)
      expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0, stderr: '' })
      expect({ from, state: machine.project.state() }).toEqual({
        from,
        state: undisturbed.project.state(),
      })
    })
  })

  test.each([{ change: 1 }, { change: 12 }, { change: 25 }])(
    'leaves after change $change what it has made until then',
    async ({ change }) => {
      await using machine = await StandIn.make()
      const { status } = await machine.runUntilChange(change, 'deploy.sh', [])
      expect(status).toBe('SIGKILL')
      expect(machine.project.state()).toEqual(copies[change - 1]?.state())
    },
  )

  test('while it renews the token, wakes the schedule when all parts have the same', async () => {
    await using renewing = await StandIn.make()
    await renewing.run('deploy.sh', [])
    const renewed = await renewing.runWithCopies('deploy.sh', ['--new-token'])
    expect(renewed.some((copy) => jobOf(copy)?.['state'] === 'PAUSED')).toBe(true)
    await forEachState(renewed, async (copy) => {
      await using machine = await StandIn.make([], {}, copy)
      expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0, stderr: '' })
      const { project } = machine
      const latest = project.find('secrets versions', 'nbtrigger-token')?.['count']
      const versions = ['run services nbtrigger-jupyter', 'functions nbtrigger'].map(
        (name) => project.propertiesOf(name)?.['tokenVersion'],
      )
      expect(versions).toEqual([latest, latest])
      const description = 'Has nbtrigger run a notebook'
      expect(jobOf(project)).toMatchObject({ state: 'ENABLED', description })
    })
  })
})

describeWith('openssl', 'another script that is broken off', () => {
  test.each([
    { script: 'monitoring/apply.sh', before: [] },
    { script: 'teardown.sh', args: ['--yes'], before: ['monitoring/apply.sh'] },
  ])('$script goes on from every change to the same end', async ({ script, args = [], before }) => {
    await using undisturbed = await StandIn.make()
    for (const earlier of ['deploy.sh', ...before]) await undisturbed.run(earlier, [])
    const copies = await undisturbed.runWithCopies(script, args)
    expect(copies.length).toBeGreaterThan(15)
    await forEachState(copies, async (copy) => {
      await using machine = await StandIn.make([], {}, copy)
      expect(await machine.run(script, args)).toMatchObject({ status: 0, stderr: '' })
      expect(machine.project.state()).toEqual(undisturbed.project.state())
    })
  })
})

describeWith('openssl', 'a schedule that somebody paused', () => {
  test.each([
    { pausedUpdate: 'kept' as const },
    { pausedUpdate: 'refused' as const },
    { pausedUpdate: 'woken' as const },
  ])('stays paused through all deployments: an update is $pausedUpdate', async (habits) => {
    await using machine = await StandIn.make([], habits)
    await machine.run('deploy.sh', [])
    machine.project.set('scheduler jobs', job, { state: 'PAUSED' })
    for (const args of [['--new-token'], ['schedule']]) {
      const { status, stdout } = await machine.run('deploy.sh', args)
      expect([status, stdout]).toEqual([
        0,
        expect.stringContaining('is paused, and stays as it is'),
      ])
      expect(jobOf(machine.project)).toMatchObject({ state: 'PAUSED' })
    }
  })
})

const job = 'j_hourly_nbtrigger'

function jobOf(project: Project) {
  return project.find('scheduler jobs', job)
}

/** Checks one of equal copies; two at a time, for much of a script's time is its programs' starts. */
async function forEachState(
  copies: readonly Project[],
  check: (copy: Project) => Promise<void>,
): Promise<void> {
  const states = new Map(copies.map((copy) => [JSON.stringify(copy.state()), copy]))
  const waiting = [...states.values()]
  const work = async () => {
    for (let copy = waiting.shift(); copy; copy = waiting.shift()) await check(copy)
  }
  await Promise.all([work(), work()])
}
