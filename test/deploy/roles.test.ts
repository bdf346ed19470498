import { expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeWith } from '../support/describe_with.ts'
import { repositoryRoot } from '../support/repository.ts'
import type { GcloudCall } from './cloud/call.ts'
import { StandIn } from './stand_in.ts'

/** What is granted: to whom, which role, and on what. */
const granted = [
  ['nbtrigger-build', 'run.builder', 'demo'],
  ["Eventarc's own", 'eventarc.serviceAgent', 'demo'],
  [
    "Pub/Sub's own",
    'iam.serviceAccountTokenCreator',
    'nbtrigger-function@demo.iam.gserviceaccount.com',
  ],
  ['nbtrigger-jupyter', 'secretmanager.secretAccessor', 'nbtrigger-token'],
  ['nbtrigger-function', 'secretmanager.secretAccessor', 'nbtrigger-token'],
  ['nbtrigger-function', 'secretmanager.secretAccessor', 'nbtrigger-key'],
  ['nbtrigger-function', 'pubsub.publisher', 't_nbtrigger_results'],
  ['nbtrigger-function', 'storage.objectUser', 'gs://notebooks'],
  ['nbtrigger-function', 'run.invoker', 'nbtrigger-jupyter'],
  ['nbtrigger-function', 'run.invoker', 'nbtrigger'],
  ["Pub/Sub's own", 'pubsub.publisher', 't_nbtrigger_rejected'],
  ["Pub/Sub's own", 'pubsub.subscriber', 'eventarc-nbtrigger-1-sub-001'],
]

/** What the job is given besides. */
const grantedForJob = [
  ['nbtrigger-jupyter', 'pubsub.publisher', 't_nbtrigger_results'],
  ['nbtrigger-jupyter', 'storage.objectUser', 'gs://notebooks'],
  ['nbtrigger-function', 'run.jobsExecutorWithOverrides', 'nbtrigger-job'],
]

describeWith('openssl', 'deploy.sh', () => {
  test('grants the roles that docs/google_cloud.md lists, and no others', async () => {
    await using machine = await StandIn.make()
    const settings = { BUCKET: 'notebooks', HTTP_SECRET: 'nbtrigger-key' }
    expect(await machine.run('deploy.sh', [], settings)).toMatchObject({ status: 0 })
    expect((await machine.calls()).flatMap(grantOf)).toEqual(granted)
    expect(await machine.run('deploy.sh', ['job'], settings)).toMatchObject({ status: 0 })
    const all = new Set(
      (await machine.calls()).flatMap(grantOf).map((grant) => JSON.stringify(grant)),
    )
    const expected = [...granted, ...grantedForJob]
    expect(all).toEqual(new Set(expected.map((grant) => JSON.stringify(grant))))
    const page = await readFile(join(repositoryRoot, 'docs/google_cloud.md'), 'utf8')
    const listed = [...page.matchAll(/^\| `?([^|`]*\w)`? +\| `roles\/([\w.]+)` /gm)]
    expect(pairs(listed.map(([, ...row]) => row))).toEqual(pairs(expected))
  })
})

/** "ACCOUNT: ROLE", each once. */
function pairs(rows: readonly (readonly (string | undefined)[])[]): ReadonlySet<string> {
  return new Set(rows.map(([account, role]) => `${account}: ${role}`))
}

function grantOf({ args }: GcloudCall): readonly (readonly string[])[] {
  const verbAt = args.findIndex((arg) => /^add-(iam|invoker)-policy-binding$/.test(arg))
  if (verbAt === -1) return []
  const value = (flag: string) =>
    args.find((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3) ?? ''
  const [, account = ''] = /^serviceAccount:([^@]*)@/.exec(value('member')) ?? []
  const agent = /@gcp-sa-(\w+)\./.exec(value('member'))?.[1]
  const role = value('role').replace('roles/', '') || 'run.invoker'
  const owner = agent === 'pubsub' ? "Pub/Sub's own" : "Eventarc's own"
  return [[agent === undefined ? account : owner, role, args[verbAt + 1] ?? '']]
}
