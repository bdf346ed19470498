import { describe, expect, test } from '@jest/globals'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { splitWords } from '../../src/request/shell_words.ts'
import { fillIn, placeholderValues } from '../../src/storage/placeholders.ts'
import { parseDestination } from '../../src/storage/destinations.ts'
import { requestOf } from '../request/request_of.ts'
import { demoNotebook } from '../support/demo_jupyter.ts'
import { describeWith } from '../support/describe_with.ts'
import { repositoryRoot } from '../support/repository.ts'
import { argsOf, findCall, makes } from './calls.ts'
import { deployed, StandIn } from './stand_in.ts'

describeWith('openssl', 'deploy.sh creating a token', () => {
  test('creates every part, and nothing when it runs again', async () => {
    await using machine = await StandIn.make()
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.things()).toEqual(deployed)

    const before = (await machine.calls()).length
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0, stderr: '' })
    expect((await machine.calls()).slice(before).filter(makes)).toEqual([])
    expect(await machine.things()).toEqual(deployed)
  })

  test('passes the address of Jupyter to the functions, and the message to the schedule', async () => {
    await using machine = await StandIn.make()
    const settings = { SCHEDULE: '30 6 * * 1-5', TIME_ZONE: 'Europe/Berlin', OPTIONS: '--verbose' }
    await machine.run('deploy.sh', [], settings)
    const calls = await machine.calls()
    const variables = [
      '--set-env-vars=^|^JUPYTER_SERVER=jupyter-1.run.app:443',
      'JUPYTER_ALLOWED_HOSTS=nbtrigger-jupyter-123456789.us-central1.run.app:443',
      'GOOGLE_CLOUD_PROJECT=demo',
      'NBTRIGGER_RESULT_TOPIC=projects/demo/topics/t_nbtrigger_results',
      'JUPYTER_STORAGE=temporary',
      'NBTRIGGER_OUTPUT=gs://demo-nbtrigger/{name}/{date}-{time}-{run_id}.ipynb',
      'NBTRIGGER_RUNS=gs://demo-nbtrigger/runs',
    ].join('|')
    const job = 'projects/demo/locations/us-central1/jobs/nbtrigger-job'
    expect(findCall(calls, 'functions deploy nbtrigger').args).toEqual(
      expect.arrayContaining([
        `${variables}|NBTRIGGER_JOB=${job}`,
        '--set-secrets=JUPYTER_TOKEN=nbtrigger-token:latest',
        '--trigger-topic=t_nbtrigger',
        '--runtime=nodejs22',
        '--timeout=540s',
        '--cpu=1',
        '--retry',
      ]),
    )
    expect(findCall(calls, 'run deploy nbtrigger-http').args).toEqual(
      expect.arrayContaining([
        `${variables}|NBTRIGGER_MAX_RUNS=10|NBTRIGGER_HTTP_PAGE=0`,
        '--set-secrets=JUPYTER_TOKEN=nbtrigger-token:latest',
        `--source=${repositoryRoot}`,
        expect.stringMatching(
          /^--set-build-env-vars=GOOGLE_ENTRYPOINT=node build\/bundle\/service\.js,.*=22\.x\.x$/,
        ),
        '--use-http2',
        '--session-affinity',
        '--no-allow-unauthenticated',
        '--timeout=3600',
        '--concurrency=15', // a full instance has to be reached by what cancels its runs
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
    const pairs = variables.replace('--set-env-vars=^|^', '').split('|')
    const env = { ...Object.fromEntries(pairs.map((pair) => pair.split('='))), JUPYTER_TOKEN: 's' }
    const other = 'nbtrigger-jupyter-123456789.us-central1.run.app'
    for (const host of ['jupyter-1.run.app', other]) {
      const args = splitWords(message.replace('jupyter-1.run.app', host))
      const { server, notebook } = requestOf(args, env, 'function')
      expect([server.url.href, notebook.describe()]).toEqual([`https://${host}/`, demoNotebook])
    }
  })

  test('creates a token without showing it, and a new one only on request', async () => {
    await using machine = await StandIn.make()
    const first = await machine.run('deploy.sh', [])
    const second = await machine.run('deploy.sh', ['--new-token'])
    const calls = await machine.calls()
    const tokens = calls.flatMap(({ args, input }) => (args[0] === 'secrets' ? (input ?? []) : []))
    expect(tokens).toHaveLength(2)
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) {
      expect(token).toMatch(/^[0-9a-f]{48}$/)
      const shown = JSON.stringify([first, second, calls.map(({ args }) => args)])
      expect(shown).not.toContain(token)
    }
  })

  test('stops at the first error of Google Cloud, and says how to continue', async () => {
    await using machine = await StandIn.make()
    const { status, stderr } = await machine.runRefusing('functions deploy', 'deploy.sh', [])
    expect(status).toBe(1)
    expect(stderr).toContain('(gcloud.functions.deploy) RESOURCE_EXHAUSTED')
    expect(stderr).toContain('it goes on from here')
    expect(await machine.things()).toEqual(deployed.slice(0, 16))
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.things()).toEqual(deployed)
  })

  test.each([
    { list: 'scheduler jobs list', args: ['--new-token'], never: 'secrets versions add' },
    { list: 'artifacts repositories list-cleanup-policies', args: [], never: 'set-cleanup' },
  ])('stops when "$list" fails, for nothing is known then', async ({ list, args, never }) => {
    await using machine = await StandIn.make(deployed)
    const { status, stderr } = await machine.runRefusing(list, 'deploy.sh', args)
    expect([status, stderr]).toEqual([1, expect.stringContaining('RESOURCE_EXHAUSTED')])
    const lines = argsOf(await machine.calls()).map((call) => call.join(' '))
    expect(lines.filter((line) => line.includes(never))).toEqual([])
  })

  test('makes a new token where there is no schedule, and no Cloud Scheduler, yet', async () => {
    await using machine = await StandIn.make()
    expect(await machine.run('deploy.sh', ['--new-token'])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.things()).toEqual(deployed)
  })

  test('makes Jupyter private, or public on request', async () => {
    await using machine = await StandIn.make()
    const invoker = '--role=roles/run.invoker'
    const access = async (env: Record<string, string>, ...args: string[]) => {
      const before = (await machine.calls()).length
      expect(await machine.run('deploy.sh', ['jupyter', ...args], env)).toMatchObject({ status: 0 })
      const calls = (await machine.calls()).slice(before)
      expect(findCall(calls, 'run services add-iam-policy-binding').args).toEqual(
        expect.arrayContaining(['nbtrigger-jupyter', invoker, `--member=${functionMember}`]),
      )
      return findCall(calls, 'run deploy').args.filter((arg) =>
        /unauthenticated|iam-check/.test(arg),
      )
    }
    const checked = '--invoker-iam-check'
    expect(await access({})).toEqual(['--no-allow-unauthenticated', checked])
    expect(await access({}, '--public-jupyter')).toEqual(['--allow-unauthenticated', checked])
    expect(await access({ JUPYTER_ACCESS: 'unchecked' })).toEqual(['--no-invoker-iam-check'])
  })

  test('publishes reports, and moves repeatedly rejected messages', async () => {
    await using machine = await StandIn.make()
    await machine.run('deploy.sh', [])
    const calls = await machine.calls()
    const topics = 'pubsub topics add-iam-policy-binding'
    expect(findCall(calls, `${topics} t_nbtrigger_results`).args).toContain(
      `--member=${functionMember}`,
    )
    const pubsub = 'serviceAccount:service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com'
    expect(findCall(calls, `${topics} t_nbtrigger_rejected`).args).toContain(`--member=${pubsub}`)
    const subscription = 'eventarc-nbtrigger-1-sub-001'
    expect(findCall(calls, `pubsub subscriptions update ${subscription}`).args).toEqual(
      expect.arrayContaining([
        '--dead-letter-topic=t_nbtrigger_rejected',
        '--max-delivery-attempts=100',
        '--ack-deadline=600',
      ]),
    )
    const bound = findCall(calls, `pubsub subscriptions add-iam-policy-binding ${subscription}`)
    expect(bound.args).toContain(`--member=${pubsub}`)
  })

  test('creates optional parts only on request', async () => {
    await using machine = await StandIn.make(['secrets api', 'secrets versions api'])
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0 })
    const settings = {
      BUCKET: 'notebooks',
      HTTP_SECRET: 'nbtrigger-key',
      HTTP_CALLERS: 'user:ann@example.com group:all@example.com',
      HTTP_PAGE: '1',
      SECRETS: 'API_KEY=api:latest',
      VARIABLES: 'NBTRIGGER_NEXT=/next.ipynb -y {a: 1, b: 2}',
    }
    const before = (await machine.calls()).length
    expect(await machine.run('deploy.sh', ['http'], settings)).toMatchObject({ status: 0 })
    const made = ['secrets nbtrigger-key', 'secrets versions nbtrigger-key']
    const bucket = 'storage buckets notebooks'
    expect(await machine.things()).toEqual(expect.arrayContaining([...made, bucket]))
    const calls = (await machine.calls()).slice(before)
    const { args } = findCall(calls, 'run deploy nbtrigger-http')
    const secrets = [
      'JUPYTER_TOKEN=nbtrigger-token',
      'API_KEY=api',
      'NBTRIGGER_HTTP_KEY=nbtrigger-key',
    ]
    expect(args).toContain(`--set-secrets=${secrets.map((secret) => `${secret}:latest`).join(',')}`)
    const variables = args
      .find((arg) => arg.startsWith('--set-env-vars=^|^'))
      ?.slice(18)
      .split('|')
    expect(variables).toEqual(
      expect.arrayContaining([
        'NBTRIGGER_OUTPUT=gs://notebooks/{name}/{date}-{time}-{run_id}.ipynb',
        'NBTRIGGER_RUNS=gs://notebooks/runs',
        'NBTRIGGER_NEXT=/next.ipynb -y {a: 1, b: 2}',
        'NBTRIGGER_HTTP_PAGE=1',
      ]),
    )
    const invited = calls.filter(({ args: [, , verb] }) => verb === 'add-iam-policy-binding')
    const ofService = invited.filter((call) => call.args.includes('nbtrigger-http'))
    expect(ofService.map((call) => call.args.slice(-4, -2))).toEqual([
      ['--role=roles/run.invoker', '--member=user:ann@example.com'],
      ['--role=roles/run.invoker', '--member=group:all@example.com'],
    ])
    expect(argsOf(calls)).toContainEqual(
      expect.arrayContaining(['--role=roles/storage.objectUser']),
    )
  })
})

describe('deploy.sh before any change', () => {
  test.each([
    {
      name: 'an unknown option',
      args: ['--force'],
      env: {},
      reason: 'Cannot read the argument "--force"',
    },
    {
      name: 'an unknown part',
      args: ['function', 'x'],
      env: {},
      reason: 'Cannot deploy "x": the parts are jupyter',
    },
    {
      name: 'a new token for a part',
      args: ['http', '--new-token'],
      env: {},
      reason: 'Cannot make a new token for some',
    },
    {
      name: 'a way of access that is not there',
      args: [],
      env: { JUPYTER_ACCESS: 'x' },
      reason: 'Cannot use JUPYTER_ACCESS',
    },
  ])('refuses $name before any change', async ({ args, env, reason }) => {
    await using machine = await StandIn.make()
    const { status, stderr } = await machine.run('deploy.sh', args, env)
    expect(status).toBe(2)
    expect(stderr).toContain(reason)
    expect(await machine.calls()).toEqual([])
  })

  test('knows the accounts of a project that belongs to a domain', async () => {
    await using machine = await StandIn.make()
    const { stdout } = await machine.run('deploy.sh', ['--dry-run'], { PROJECT: 'example.com:p' })
    const accounts = [...stdout.matchAll(/nbtrigger-\w+@([\w.:-]+)/g)].map(([, domain]) => domain)
    expect(new Set(accounts)).toEqual(new Set(['p.example.com.iam.gserviceaccount.com']))
  })

  test('saves executed notebooks under names that nbtrigger accepts', async () => {
    await using machine = await StandIn.make()
    const { stdout } = await machine.run('deploy.sh', ['--dry-run', 'http'], {
      PROJECT: 'demo',
      BUCKET: 'notebooks',
    })
    const output = /NBTRIGGER_OUTPUT=([^|]*)/.exec(stdout)?.[1] ?? ''
    const values = placeholderValues({
      name: 'report',
      parameters: new Map(),
      runId: '7',
      startedAt: new Date('2026-01-02T03:04:05Z'),
      redactor: createRedactor([]),
    })
    expect(
      fillIn(parseDestination(output, { allowFiles: false, folder: '/' }), values),
    ).toMatchObject({
      address: expect.stringMatching(/^gs:\/\/notebooks\/report\/2026-01-02-.*-7\.ipynb$/),
    })
  })
})

describeWith('openssl', 'deploy.sh with other settings', () => {
  test('keeps the images of the last deployments, unless somebody has decided otherwise', async () => {
    await using machine = await StandIn.make()
    machine.project.set('artifacts repositories', 'gcf-artifacts', { policies: 'of others' })
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0 })
    const policies = (name: string) =>
      machine.project.find('artifacts repositories', name)?.['policies']
    expect(policies('gcf-artifacts')).toBe('of others')
    const packageNamePrefixes = ['nbtrigger-jupyter', 'nbtrigger-http', 'nbtrigger-job']
    expect(JSON.parse(String(policies('cloud-run-source-deploy')))).toMatchObject([
      { action: { type: 'Keep' }, mostRecentVersions: { keepCount: 5, packageNamePrefixes } },
      { action: { type: 'Delete' }, condition: { olderThan: '30d', packageNamePrefixes } },
    ])
  })

  test('keeps secrets in the regions of SECRET_LOCATIONS', async () => {
    await using machine = await StandIn.make()
    const settings = { SECRET_LOCATIONS: 'europe-west1,europe-west4' }
    expect(await machine.run('deploy.sh', ['jupyter'], settings)).toMatchObject({ status: 0 })
    const { args } = findCall(await machine.calls(), 'secrets create nbtrigger-token')
    expect(args).toEqual(
      expect.arrayContaining([
        '--replication-policy=user-managed',
        '--locations=europe-west1,europe-west4',
      ]),
    )
  })

  test('makes no bucket with BUCKET=none, and runs in another runtime with RUNTIME', async () => {
    await using machine = await StandIn.make()
    const settings = { BUCKET: 'none', RUNTIME: 'nodejs24' }
    expect(await machine.run('deploy.sh', [], settings)).toMatchObject({ status: 0 })
    expect(await machine.things()).toEqual(deployed.filter((name) => !name.includes('buckets')))
    const calls = await machine.calls()
    expect(JSON.stringify(calls)).not.toMatch(/NBTRIGGER_(?:OUTPUT|RUNS)/)
    expect(findCall(calls, 'functions deploy').args).toContain('--runtime=nodejs24')
    expect(JSON.stringify(findCall(calls, 'run deploy nbtrigger-http'))).toContain('=24.x.x')
  })

  test('deploys a single part, and a second function next to the first', async () => {
    await using machine = await StandIn.make()
    expect(await machine.run('deploy.sh', [])).toMatchObject({ status: 0 })
    await machine.run('deploy.sh', ['schedule'], { JOB: 'j_other', OPTIONS: '-p day 2' })
    const next = { FUNCTION: 'nbtrigger-next', TOPIC: 't_nbtrigger_results' }
    expect(await machine.run('deploy.sh', ['function'], next)).toMatchObject({ status: 0 })
    expect((await machine.things()).slice(deployed.length)).toEqual([
      'scheduler jobs j_other',
      'functions nbtrigger-next',
      'pubsub subscriptions eventarc-nbtrigger-next-1-sub-001',
    ])
    const { args } = findCall(await machine.calls(), 'functions deploy nbtrigger-next')
    expect(args).toContain('--trigger-topic=t_nbtrigger_results')
  })
})

const functionMember = 'serviceAccount:nbtrigger-function@demo.iam.gserviceaccount.com'
