import { expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describeWith } from '../support/describe_with.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { findCall } from './calls.ts'
import { GcloudApi } from './gcloud_api.ts'
import { StandIn } from './stand_in.ts'

const repository = 'us-central1-docker.pkg.dev/demo/cloud-run-source-deploy'
const outputs = {
  NBTRIGGER_RESULT_TOPIC: 'projects/demo/topics/t_nbtrigger_results',
  NBTRIGGER_OUTPUT: 'gs://demo-nbtrigger/{name}/{date}-{time}-{run_id}.ipynb',
  NBTRIGGER_RUNS: 'gs://demo-nbtrigger/runs',
  NBTRIGGER_CLAIMS: 'gs://demo-nbtrigger/claims',
  NBTRIGGER_TASK_TIMEOUT: '86400',
}

interface Container {
  readonly name: string
  readonly env: readonly { readonly name: string; readonly value?: string }[]
}

/** The description of the job, and what it says of one task. */
function jobOf(machine: StandIn) {
  const text = String(machine.project.find('run jobs', 'nbtrigger-job')?.['description'])
  const job = parse(text)
  return { text, job, task: job.spec.template.spec.template.spec }
}

function envOf({ env }: Container): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]))
}

describeWith('openssl', 'deploy.sh job', () => {
  test('makes a job with Jupyter beside it, which acts as Jupyter does', async () => {
    await using machine = await StandIn.make(['secrets api', 'secrets versions api'])
    const settings = { RUN_JOB_MEMORY: '16Gi', RUN_JOB_CPU: '4', SECRETS: 'API_KEY=api:latest' }
    expect(await machine.run('deploy.sh', ['job'], settings)).toMatchObject({
      status: 0,
      stderr: '',
    })
    expect(await machine.things()).not.toContain('run services nbtrigger-jupyter')
    const { job, task } = jobOf(machine)
    expect(job.spec.template.metadata.annotations).toMatchObject({
      'run.googleapis.com/container-dependencies': '{"nbtrigger":["jupyter"]}',
    })
    expect(task).toMatchObject({
      serviceAccountName: 'nbtrigger-jupyter@demo.iam.gserviceaccount.com',
      timeoutSeconds: '86400',
      maxRetries: 0,
      containers: [
        {
          name: 'nbtrigger',
          image: expect.stringContaining(`${repository}/nbtrigger-job@sha256:`),
          command: ['node', '/nbtrigger/build/bundle/job.js'],
        },
        {
          name: 'jupyter',
          image: expect.stringContaining(`${repository}/nbtrigger-job-jupyter@sha256:`),
          resources: { limits: { cpu: '4', memory: '16Gi' } },
          startupProbe: { httpGet: { path: '/api', port: 8888 } },
          volumeMounts: [{ name: 'token', mountPath: '/secrets/jupyter' }],
        },
      ],
      volumes: [{ name: 'token', secret: { secretName: 'nbtrigger-token' } }],
    })
    const [container] = task.containers
    expect(envOf(container)).toMatchObject({
      JUPYTER_SERVER: '127.0.0.1:8888',
      NBTRIGGER_SIDECAR: '1',
      JUPYTER_STORAGE: 'temporary',
      ...outputs,
    })
    expect(container.env.slice(-2)).toEqual([
      {
        name: 'JUPYTER_TOKEN',
        valueFrom: { secretKeyRef: { name: 'nbtrigger-token', key: 'latest' } },
      },
      { name: 'API_KEY', valueFrom: { secretKeyRef: { name: 'api', key: 'latest' } } },
    ])
  })

  test('makes one that runs notebooks where the function does, as the function', async () => {
    await using machine = await StandIn.make()
    await machine.run('deploy.sh', [])
    const more = "A=it's|NBTRIGGER_NEXT=/b.ipynb -y {a: 1, b: 2}"
    const settings = { VARIABLES: more, RUN_JOB_MAX_RETRIES: '3' }
    const args = ['job', '--engine=server']
    expect(await machine.run('deploy.sh', args, settings)).toMatchObject({ status: 0, stderr: '' })
    const { task } = jobOf(machine)
    expect(task.serviceAccountName).toBe('nbtrigger-function@demo.iam.gserviceaccount.com')
    expect(task.containers).toHaveLength(1)
    expect(task.maxRetries).toBe(3)
    expect(envOf(task.containers[0])).toMatchObject({
      JUPYTER_SERVER: 'jupyter-1.run.app:443',
      JUPYTER_ALLOWED_HOSTS: 'nbtrigger-jupyter-123456789.us-central1.run.app:443',
      A: "it's",
      NBTRIGGER_NEXT: '/b.ipynb -y {a: 1, b: 2}',
      NBTRIGGER_TASK_RETRIES: '3',
      NBTRIGGER_CHECKPOINTS: 'gs://demo-nbtrigger/checkpoints',
      ...outputs,
    })
  })

  test.each(['sidecar', 'server'])('lets the function alone start it: %s', async (engine) => {
    await using machine = await StandIn.make()
    await machine.run('deploy.sh', [])
    const before = (await machine.calls()).length
    await machine.run('deploy.sh', ['job', `--engine=${engine}`])
    const calls = (await machine.calls()).slice(before)
    expect(findCall(calls, 'run jobs add-iam-policy-binding nbtrigger-job').args).toEqual(
      expect.arrayContaining([
        '--role=roles/run.jobsExecutorWithOverrides',
        '--member=serviceAccount:nbtrigger-function@demo.iam.gserviceaccount.com',
      ]),
    )
    expect(await machine.run('teardown.sh', ['--yes'])).toMatchObject({ status: 0, stderr: '' })
    expect(await machine.things()).not.toContain('run jobs nbtrigger-job')
  })

  test.each([
    {
      name: 'an engine that is not there',
      args: ['--engine=x'],
      env: {},
      reason: 'the engine "x"',
    },
    {
      name: 'no number of seconds',
      args: [],
      env: { RUN_JOB_TIMEOUT: '24h' },
      reason: 'RUN_JOB_TIMEOUT "24h"',
    },
    {
      name: 'more than seven days',
      args: [],
      env: { RUN_JOB_TIMEOUT: '604801' },
      reason: 'RUN_JOB_TIMEOUT "604801": it is a number of seconds, up to 604800',
    },
    {
      name: 'no number of retries',
      args: ['--engine=server'],
      env: { RUN_JOB_MAX_RETRIES: '11' },
      reason: 'RUN_JOB_MAX_RETRIES "11": it is a number from 0 to 10',
    },
    {
      name: 'retries with Jupyter beside the job',
      args: [],
      env: { RUN_JOB_MAX_RETRIES: '1' },
      reason: 'its kernels end with the task',
    },
    {
      name: 'retries without a bucket',
      args: ['--engine=server'],
      env: { RUN_JOB_MAX_RETRIES: '1', BUCKET: 'none' },
      reason: 'RUN_JOB_MAX_RETRIES "1" without a bucket',
    },
    {
      name: 'too many seconds with a GPU',
      args: [],
      env: { RUN_JOB_GPU: 'nvidia-l4' },
      reason: 'ends a task with a GPU after 3600 s',
    },
  ])('refuses $name before any change', async ({ args, env, reason }) => {
    await using machine = await StandIn.make()
    const { status, stderr } = await machine.run('deploy.sh', ['job', ...args], env)
    expect([status, stderr]).toEqual([2, expect.stringContaining(reason)])
    expect(await machine.calls()).toEqual([])
  })
})

describeWith(['gcloud', 'openssl'], 'the real gcloud', () => {
  test('sends the description of a job with all that it may have', async () => {
    await using machine = await StandIn.make()
    await machine.run('deploy.sh', ['jupyter'])
    const gpu = { RUN_JOB_GPU: 'nvidia-l4', RUN_JOB_TIMEOUT: '3600' }
    const env = { NOTEBOOKS_BUCKET: 'notebooks', ...gpu }
    expect(await machine.run('deploy.sh', ['job'], env)).toMatchObject({ status: 0 })
    const { text, job } = jobOf(machine)
    await using scratch = await ScratchFolder.make('job')
    const file = join(scratch.path, 'job.yaml')
    await writeFile(file, text)
    await using api = await GcloudApi.start()
    const sent = await api.sent('run', 'jobs', 'replace', file, '--region=us-central1', '--async')
    expect(sent).toMatchObject({ metadata: { name: 'nbtrigger-job' }, spec: job.spec })
  })
})
