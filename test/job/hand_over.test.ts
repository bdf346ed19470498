import { describe, expect, test } from '@jest/globals'
import { isForJob } from '../../src/job/for_job.ts'
import { argumentForJob } from '../../src/job/hand_over.ts'
import { handedOverEnv, readTask, readArgs } from '../../src/job/task.ts'
import { parseArgv } from '../../src/request/argv.ts'
import { splitWords } from '../../src/request/shell_words.ts'
import { errorTextOf } from '../request/error_text_of.ts'

const env = { JUPYTER_SERVER: 'jupyter-1.run.app:443', JUPYTER_ALLOWED_HOSTS: 'other.test' }

describe('argumentForJob()', () => {
  test.each([
    {
      name: 'without the usual server, in place of which the job has its own',
      args: 'jupyter-1.run.app /a.ipynb --use-https --job --timeout 9000',
      handed: '/a.ipynb --timeout 9000',
    },
    {
      name: 'with another server',
      args: 'other.test /a.ipynb --use-https',
      handed: 'other.test /a.ipynb --use-https',
    },
    {
      name: 'with a hub',
      args: '/a.ipynb --hub=ann --job',
      handed: 'jupyter-1.run.app:443 /a.ipynb --use-https --hub ann',
    },
    {
      name: 'with its sets, but for the number of tasks, which is that of the execution',
      args: `/a.ipynb --each '{n: 1..9, s: [it''s, "b"]}' --max-failures 2 --parallel 3 --only-failed x`,
      handed: `/a.ipynb --each '{n: 1..9, s: [its, "b"]}' --parallel 3 --max-failures 2 --only-failed x`,
    },
    {
      name: 'with every option, value by value',
      args: `/a.ipynb --job -p n -5 -r text "it's" --secret KEY API_KEY -o /x.ipynb -o gs://bucket/y.html`,
      handed: `/a.ipynb --parameter n -5 --raw text 'it'\\''s' --secret KEY API_KEY --output /x.ipynb --output gs://bucket/y.html`,
    },
  ])('gives the arguments of the message $name', ({ args, handed }) => {
    const options = parseArgv(splitWords(args))
    const text = argumentForJob(options, env)
    expect(text).toBe(handed)
    const read = readArgs([text])
    expect({ ...read, host: null, useHttps: false }).toEqual({
      ...options,
      host: null,
      useHttps: false,
      job: false,
    })
  })

  test('names the notebook of the environment', () => {
    const named = { ...env, JUPYTER_NOTEBOOK: '/set.ipynb' }
    expect(argumentForJob(parseArgv(['--job']), named)).toBe('/set.ipynb')
  })

  test('refuses what is too long for an argument of a program', () => {
    const options = parseArgv(['/a.ipynb', '-r', 'text', 'é'.repeat(60_000)])
    expect(errorTextOf(() => argumentForJob(options, env))).toMatch(
      /^ARGUMENTS_INVALID: Cannot hand the run over to the job: its arguments have 1200\d\d bytes/,
    )
  })
})

describe('isForJob()', () => {
  test.each([
    { args: '/a.ipynb', isHandedOver: false },
    { args: '/a.ipynb --job', isHandedOver: true },
    { args: '/a.ipynb --timeout 510', isHandedOver: false },
    { args: '/a.ipynb --timeout 510.5', isHandedOver: true },
    { args: '/a.ipynb --timeout long', isHandedOver: false },
    { args: '/a.ipynb --each {n:[1]}', isHandedOver: true },
    { args: '/a.ipynb --tasks 3', isHandedOver: true },
    { args: 'b.ipynb', isHandedOver: true },
    { args: '"h:1" "/x y.ipynb"', isHandedOver: true },
  ])('is $isHandedOver for $args', ({ args, isHandedOver }) => {
    const variables = {
      ...env,
      NBTRIGGER_JOB_NOTEBOOKS: '/b.ipynb,x y.ipynb',
      NBTRIGGER_TIMEOUT: '9000',
    }
    expect(isForJob(parseArgv(splitWords(args)), variables)).toBe(isHandedOver)
  })
})

describe('readTask()', () => {
  test.each([
    { messageId: '1', traceparent: '00-a-b-01', earlier: ['/a.ipynb', '/b.ipynb'] },
    { messageId: null, traceparent: null, earlier: [] },
  ])('reads what handedOverEnv() wrote: $messageId', (message) => {
    const cloudRun = {
      CLOUD_RUN_EXECUTION: 'job-x',
      CLOUD_RUN_TASK_INDEX: '3',
      CLOUD_RUN_TASK_COUNT: '12',
      CLOUD_RUN_TASK_ATTEMPT: '1',
    }
    const task = readTask({ ...cloudRun, ...handedOverEnv(message) })
    const own = { name: 'job-x/3', execution: 'job-x', index: 3, count: 12 }
    expect(task).toEqual({ ...message, ...own, attempt: 1 })
  })
})

describe('readArgs()', () => {
  test('takes one argument alone', () => {
    expect(readArgs(['h:1 /a.ipynb --verbose'])).toMatchObject({ host: 'h:1', verbose: true })
    expect(readArgs([])).toMatchObject({ notebook: null })
    expect(errorTextOf(() => readArgs(['/a.ipynb', '--verbose']))).toContain('as one argument')
  })
})
