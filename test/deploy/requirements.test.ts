import { describe, expect, test } from '@jest/globals'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { endOf, startProgram } from '../support/command.ts'
import { pathOf } from '../support/program_path.ts'
import { repositoryRoot } from '../support/repository.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { deployed, StandIn } from './stand_in.ts'

describe('deploy.sh before it starts', () => {
  test.each([
    { version: '510.0.0', reason: 'Cannot go on with gcloud 510.0.0: version 511 is needed' },
    { version: 'HEAD', reason: 'Cannot go on with gcloud HEAD: version 511 is needed' },
  ])('refuses gcloud $version', async ({ version, reason }) => {
    await using machine = await StandIn.make([], { version })
    const { status, stderr } = await machine.run('deploy.sh', [])
    expect([status, stderr]).toEqual([2, expect.stringContaining(reason)])
    expect(await machine.things()).toEqual([])
  })

  test.each([{ program: 'openssl' }, { program: 'gcloud' }])(
    'says that there is no $program',
    async ({ program }) => {
      await using machine = await StandIn.make()
      await using folder = await ScratchFolder.make('path')
      const others = ['bash', 'cat', 'dirname', 'openssl', 'gcloud'].filter(
        (name) => name !== program,
      )
      for (const name of others) {
        await symlink(pathOf(name) ?? '/bin/true', join(folder.path, name))
      }
      const { status, stderr } = await machine.run('deploy.sh', [], { PATH: folder.path })
      expect([status, stderr]).toEqual([2, expect.stringContaining(`there is no ${program}`)])
    },
  )

  test('refuses another shell', async () => {
    const script = join(repositoryRoot, 'deploy/deploy.sh')
    await using child = await startProgram('dash', [script], {})
    const { status, stderr } = await endOf(child)
    expect([status, stderr]).toEqual([2, expect.stringContaining('this is a script for bash')])
  })
})

describe('options that take a value', () => {
  test.each([
    { args: ['--notebook', '/a.ipynb'] },
    { args: ['--notebook=/a.ipynb'] },
    { args: ['--notebook=/a.ipynb', '--failed'] },
  ])('are read from $args', async ({ args }) => {
    await using machine = await StandIn.make(deployed)
    expect(await machine.run('logs.sh', args)).toMatchObject({ status: 0, stderr: '' })
    const [call] = (await machine.calls()).slice(-1)
    expect(call?.args[2]).toContain('jsonPayload.notebook="/a.ipynb"')
    expect(call?.args[2]?.includes('outcome!="succeeded"')).toBe(args.includes('--failed'))
  })

  test.each([
    { args: ['--notebook'], reason: 'its value is missing' },
    { args: ['--failed=yes'], reason: 'there is no such option' },
    { args: ['--failed', 'run-1'], reason: 'with --failed or --notebook' },
  ])('are refused in $args', async ({ args, reason }) => {
    await using machine = await StandIn.make()
    const { status, stderr } = await machine.run('logs.sh', args)
    expect([status, stderr]).toEqual([2, expect.stringContaining(reason)])
    expect(await machine.calls()).toEqual([])
  })
})
