import { describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { describeWith } from '../support/describe_with.ts'
import { repositoryRoot } from '../support/repository.ts'
import { argsOf, findCall } from './calls.ts'
import { deployed, StandIn } from './stand_in.ts'

const bucket = { NOTEBOOKS_BUCKET: 'notes' }
const workspaces = join(repositoryRoot, 'deploy/jupyter/workspaces')

describeWith('openssl', 'deploy.sh with NOTEBOOKS_BUCKET', () => {
  test('mounts the bucket for the user of the image, and says that notebooks are kept', async () => {
    await using machine = await StandIn.make()
    expect(await machine.run('deploy.sh', [], bucket)).toMatchObject({ status: 0 })
    expect(await machine.things()).toContain('storage buckets notes')
    const calls = await machine.calls()
    const { args } = findCall(calls, 'beta run deploy nbtrigger-jupyter')
    const options = 'uid=1000;gid=1000;metadata-cache-ttl-secs=0'
    expect(args).toEqual(
      expect.arrayContaining([
        '--execution-environment=gen2',
        `--add-volume=name=notebooks,type=cloud-storage,bucket=notes,mount-options=${options}`,
        '--add-volume-mount=volume=notebooks,mount-path=/notebooks',
      ]),
    )
    const image = await readFile(join(repositoryRoot, 'deploy/jupyter/Dockerfile'), 'utf8')
    expect(image).toContain('useradd --uid 1000 ')
    for (const deployment of ['functions deploy nbtrigger', 'run deploy nbtrigger-http']) {
      const flag = findCall(calls, deployment).args.find((arg) => arg.startsWith('--set-env-vars'))
      expect(flag).toContain('|JUPYTER_STORAGE=persistent')
    }
  })

  test('lets Jupyter use the bucket, and puts the notebooks of the image there', async () => {
    await using machine = await StandIn.make()
    await machine.run('deploy.sh', ['jupyter'], bucket)
    const calls = argsOf(await machine.calls())
    const account = 'nbtrigger-jupyter@demo.iam.gserviceaccount.com'
    expect(calls).toContainEqual(
      expect.arrayContaining([
        'gs://notes',
        '--role=roles/storage.objectUser',
        `--member=serviceAccount:${account}`,
      ]),
    )
    expect(findCall(await machine.calls(), 'storage cp').args).toEqual(
      expect.arrayContaining(['--recursive', '--no-clobber', workspaces, 'gs://notes']),
    )
  })

  test('leaves the bucket out again when the setting is left out', async () => {
    await using machine = await StandIn.make()
    await machine.run('deploy.sh', ['jupyter'], bucket)
    await machine.run('deploy.sh', ['jupyter'])
    expect(findCall(await machine.calls(), 'run deploy nbtrigger-jupyter').args).toEqual(
      expect.arrayContaining([
        '--remove-volume=notebooks',
        '--remove-volume-mount=/notebooks',
        '--set-secrets=/secrets/jupyter/token=nbtrigger-token:latest',
      ]),
    )
  })
})

describe('notebooks.sh', () => {
  test.each([
    { name: 'the notebooks of the image', args: [], folder: workspaces },
    {
      name: 'a folder',
      args: [join(repositoryRoot, 'docs')],
      folder: join(repositoryRoot, 'docs'),
    },
  ])('copies $name, and overwrites nothing that is newer', async ({ args, folder }) => {
    await using machine = await StandIn.make([...deployed, 'storage buckets notes'])
    expect(await machine.run('notebooks.sh', args, bucket)).toMatchObject({ status: 0 })
    const [copy] = argsOf(await machine.calls()).filter(([group]) => group === 'storage')
    expect(copy).toEqual(
      expect.arrayContaining(['rsync', '--skip-if-dest-has-newer-mtime', folder]),
    )
    expect(copy).toContain('gs://notes/workspaces')
    expect(copy?.join(' ')).not.toContain('delete')
  })

  // Cloud Storage FUSE keeps the metadata of an object that it overwrites, and rsync believes this field
  // before the time at which the object was made: what was changed in the bucket would look unchanged.
  test('leaves no time with an object that would outlive its content', async () => {
    await using machine = await StandIn.make([...deployed, 'storage buckets notes'])
    await machine.run('notebooks.sh', [], bucket)
    expect(findCall(await machine.calls(), 'storage rsync').args).toContain(
      '--remove-custom-metadata=goog-reserved-file-mtime',
    )
  })

  test.each([
    { name: 'without a bucket', args: [], env: {}, reason: 'there is no bucket' },
    { name: 'of two folders', args: ['docs', 'src'], env: bucket, reason: 'there is one folder' },
    { name: 'of what is no folder', args: ['/nowhere'], env: bucket, reason: 'it is no folder' },
    { name: 'with an unknown option', args: ['--all'], env: bucket, reason: 'no such option' },
  ])('refuses to copy $name', async ({ args, env, reason }) => {
    await using machine = await StandIn.make(deployed)
    const { status, stderr } = await machine.run('notebooks.sh', args, env)
    expect([status, stderr]).toEqual([2, expect.stringContaining(reason)])
    expect(await machine.calls()).toEqual([])
  })
})
