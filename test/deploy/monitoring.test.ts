import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { FunctionProcess, type LogEntry } from '../support/function_process.ts'
import { JobProcess } from '../support/job_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { findCall } from './calls.ts'
import { extracted, fieldOf, matchesFilter, storedEntry } from './log_filter.ts'
import { metricCalled, metrics, textOf } from './monitoring_files.ts'
import { StandIn } from './stand_in.ts'

const failure = conditionOf('failure')
const leftKernel = conditionOf('kernel_left')

const opened = new Opened()
/** The last entries of real runs: one succeeds, one fails, one is refused before any kernel, ... */
let succeeded: LogEntry
let failed: LogEntry
let refused: LogEntry
/** ... and one that the job does fails, as the only one of its message's sets. */
let failedInJob: LogEntry
let sweepInJob: LogEntry
/** What a task of the job writes that cannot run its sets. */
let refusedInJob: readonly LogEntry[]
let all: readonly LogEntry[]

beforeAll(async () => {
  const jupyter = opened.use(await JupyterServer.start())
  await jupyter.writeNotebook('failing.ipynb', ['1/0'])
  const env = {
    JUPYTER_SERVER: jupyter.host,
    JUPYTER_TOKEN: jupyter.token,
    GOOGLE_CLOUD_PROJECT: 'demo',
  }
  const running = opened.use(await FunctionProcess.start({ env }))
  for (const [id, message] of Object.entries({
    1: `${jupyter.host} /workspaces/JupyterAPI_Test.ipynb`,
    2: `${jupyter.host} /failing.ipynb -o /out/failed.ipynb`,
    3: 'other.example.com /failing.ipynb --use-https',
  })) {
    await running.deliver(message, { id })
    await running.waitForEntry(
      ({ event, messageId }) => event === 'run_finished' && messageId === id,
    )
  }
  const args = [`/failing.ipynb --each '{n: 1}'`]
  await using job = await JobProcess.start({ args, env: { ...env, NBTRIGGER_MESSAGE_ID: '4' } })
  await job.end()
  const without = { ...env, NBTRIGGER_CLAIMS: '', NBTRIGGER_MESSAGE_ID: '5' }
  await using refusing = await JobProcess.start({ args, env: without, count: 2 })
  await refusing.end()
  refusedInJob = refusing.entries().map((entry) => storedEntry(entry, 'job'))
  all = [
    ...running.entries().map((entry) => storedEntry(entry)),
    ...job.entries().map((entry) => storedEntry(entry, 'job')),
  ]
  sweepInJob = all.at(-1) ?? {}
  const last = (id: string) =>
    all.find((entry) => fieldOf(entry, 'jsonPayload.messageId') === id && isLast(entry)) ?? {}
  ;[succeeded, failed, refused, failedInJob] = [last('1'), last('2'), last('3'), last('4')]
})
afterAll(() => opened[Symbol.asyncDispose]())

function isLast(entry: LogEntry): boolean {
  return fieldOf(entry, 'jsonPayload.event') === 'run_finished'
}

function selected(filter: string): readonly LogEntry[] {
  return all.filter((entry) => matchesFilter(entry, filter))
}

describe('the metrics', () => {
  test.each(['nbtrigger_runs', 'nbtrigger_duration'])('%s counts each run once', (name) => {
    const counted = [succeeded, failed, refused, failedInJob]
    expect(selected(metricCalled(name).filter)).toEqual(counted)
  })

  test('nbtrigger_messages counts the runs started by messages', () => {
    const { filter } = metricCalled('nbtrigger_messages')
    expect(selected(filter)).toEqual([succeeded, failed, refused])
    const called = JSON.parse(JSON.stringify(succeeded), (key, value: unknown) =>
      key === 'messageId' ? undefined : value,
    )
    expect(matchesFilter(called, filter)).toBe(false)
    const handedOver = { event: 'run_handed_over', message: 'm', severity: 'INFO', messageId: '4' }
    expect(matchesFilter(storedEntry(handedOver), filter)).toBe(true)
  })

  test('nbtrigger_kernels_left counts the runs that could not delete their kernel', () => {
    const { filter } = metricCalled('nbtrigger_kernels_left')
    expect(selected(filter)).toEqual([])
    expect(fieldOf(succeeded, 'jsonPayload.kernelDeleted')).toBe(true)
    const left = JSON.parse(JSON.stringify(succeeded), (key, value: unknown) =>
      key === 'kernelDeleted' ? false : value,
    )
    expect(matchesFilter(left, filter)).toBe(true)
    expect(matchesFilter(left, leftKernel.filter)).toBe(true)
  })

  test.each([...metrics])('%s describes its labels', (_, { labelExtractors, metricDescriptor }) => {
    const labels = metricDescriptor.labels.map(({ key }) => key)
    expect(Object.keys(labelExtractors).toSorted()).toEqual(labels.toSorted())
  })

  // Those of warm kernels are tested where there are some.
  const ofRuns = metrics.filter(([name]) => !name.startsWith('nbtrigger_warm'))
  test.each(ofRuns)('%s uses existing fields as labels', (_, metric) => {
    const { labelExtractors, valueExtractor } = metric
    for (const label of Object.values(labelExtractors))
      expect(extracted(failed, label)).not.toBe('')
    if (valueExtractor) expect(Number(extracted(failed, valueExtractor))).toBeGreaterThan(0)
  })
})

describe('the alerts and the dashboard', () => {
  test('the alert on failure matches unsuccessful runs, and contains the reason', () => {
    expect(selected(failure.filter)).toEqual([failed, refused, failedInJob, sweepInJob])
    expect(extracted(sweepInJob, failure.labelExtractors.reason)).toContain('division by zero')
    expect(extracted(sweepInJob, failure.labelExtractors.run_again)).toMatch(/ --each '\{n: 1\}'$/)
    expect(extracted(failedInJob, failure.labelExtractors.job)).toBe('nbtrigger-job')
    expect(extracted(failed, failure.labelExtractors.reason)).toContain('division by zero')
  })

  test.each(['failure', 'kernel_left'])('the alert on %s says how to look further', (name) => {
    const { labelExtractors } = conditionOf(name)
    const text = textOf(`policies/${name}.yaml`).replaceAll(
      /\$\{log\.extracted_label\.(?!job\})(\w+)\}/g,
      (_, label) => extracted(failed, labelExtractors[label]) || `nothing for ${label}`,
    )
    const runId = String(fieldOf(failed, 'jsonPayload.runId'))
    expect(text).not.toContain('nothing for')
    expect(text).toContain(
      `(https://console.cloud.google.com/logs/query;query=labels.run_id%3D%22${runId}%22?project=demo)`,
    )
    expect(text).toContain(`deploy/logs.sh ${runId}`)
    expect(text).toContain('/lab/tree/out/failed.ipynb')
    expect(text).toMatch(/`nbtrigger \S+ \/failing\.ipynb --output \/out\/failed\.ipynb`/)
  })

  test.each(['backlog', 'paused', 'rejected', 'schedule', 'silence'])(
    'the alert %s links to the Logs Explorer',
    (name) => {
      expect(textOf(`policies/${name}.yaml`)).toMatch(
        /\(https:\/\/console\.cloud\.google\.com\/logs\/query;query=[\w.%@]+\?project=@PROJECT@\)/,
      )
    },
  )

  test('the list of the dashboard shows how runs ended', () => {
    const [list] = parse(textOf('dashboard.yaml')).mosaicLayout.tiles.slice(-1)
    expect(selected(list.widget.logsPanel.filter)).toEqual([
      succeeded,
      failed,
      refused,
      failedInJob,
    ])
  })
})

describe('logs.sh', () => {
  test('selects the ends of runs, and columns that each entry has', async () => {
    const { filter, format } = await read()
    expect(selected(filter)).toEqual([succeeded, failed, refused, failedInJob, sweepInJob])
    const [, columns = ''] = /\((timestamp.*)\)$/.exec(format) ?? []
    const paths = columns.split(',').filter((column) => !column.startsWith('timestamp'))
    expect(paths).toHaveLength(3)
    for (const entry of [succeeded, failed, refused, sweepInJob]) {
      for (const path of paths) expect(fieldOf(entry, path)).toEqual(expect.any(String))
    }
  })

  test.each([{ args: ['--failed'] }, { args: ['--notebook', '/failing.ipynb'] }])(
    'selects some runs with $args',
    async ({ args }) => {
      const found = selected((await read(...args)).filter)
      expect(found).toContain(failed)
      expect(found).not.toContain(succeeded)
    },
  )

  test('selects all entries of one run', async () => {
    const runId = String(fieldOf(failed, 'jsonPayload.runId'))
    const entries = selected((await read(runId)).filter)
    expect(entries.length).toBeGreaterThan(1)
    expect(new Set(entries.map((entry) => fieldOf(entry, 'labels.run_id')))).toEqual(
      new Set([runId]),
    )
    expect(entries).toContain(failed)
  })
})

describe('publish.sh --wait', () => {
  test.each([
    { name: 'the end of a run', args: ['--job'], id: '4', found: () => failedInJob },
    {
      name: 'the report of all sets',
      args: ['--each', '{n: 1}'],
      id: '4',
      found: () => sweepInJob,
    },
    {
      name: 'the report of all sets of an argument with "="',
      args: ['--each={n: [1]}'],
      id: '4',
      found: () => sweepInJob,
    },
    {
      name: 'the report of all sets of the settings',
      options: "'--each={n: [1]}'",
      id: '4',
      found: () => sweepInJob,
    },
    {
      name: 'the end of a run whose parameter has the words',
      args: ['-p', 'text', 'with --each of them'],
      options: '--each unused',
      id: '4',
      found: () => failedInJob,
    },
    {
      name: 'sets that the job refuses',
      args: ['--each', '{n: 1}'],
      id: '5',
      found: () =>
        refusedInJob.find((entry) => fieldOf(entry, 'jsonPayload.event') === 'sets_refused'),
    },
    {
      name: 'sets that the function refuses',
      args: ['--each', '{n: 1}'],
      id: '3',
      found: () => refused,
    },
  ])('selects $name', async ({ args = [], options = '', id, found }) => {
    await using machine = await StandIn.make()
    const notebook = args.length > 0 ? ['/failing.ipynb'] : []
    const given = ['--dry-run', '--wait', ...notebook, ...args]
    const { stdout } = await machine.run('publish.sh', given, { OPTIONS: options })
    const [start = ''] = /resource\.type=\(.*messageId=/.exec(stdout.replaceAll('\\', '')) ?? []
    const filter = `${start}"${id}"`
    const entries = [...all, ...refusedInJob].filter((entry) => matchesFilter(entry, filter))
    expect(entries).toEqual([found()])
  })
})

/** Of an alert of the default installation. */
function conditionOf(policy: string) {
  const text = textOf(`policies/${policy}.yaml`).replaceAll('@SERVICES@', '.*')
  return parse(text).conditions[0].conditionMatchedLog
}

/** What logs.sh asks Cloud Logging for. */
async function read(...args: string[]) {
  await using machine = await StandIn.make()
  await machine.run('logs.sh', args)
  const { args: call } = findCall(await machine.calls(), 'logging read')
  return { filter: call[2] ?? '', format: call.find((arg) => arg.startsWith('--format')) ?? '' }
}
