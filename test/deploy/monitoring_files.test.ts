import { describe, expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describeWith } from '../support/describe_with.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { GcloudApi } from './gcloud_api.ts'
import { matchesFilter } from './log_filter.ts'
import { metricCalled, metrics, pathOf, policies, textOf } from './monitoring_files.ts'

const failedJob = {
  resource: { type: 'cloud_scheduler_job', labels: { job_id: 'j_any' } },
  severity: 'ERROR',
}

describe('the alerts and the dashboard', () => {
  test('notice messages that wait and that are put aside, whatever the schedule', () => {
    const [backlog, rejected] = ['backlog', 'rejected'].map(
      (name) => parse(textOf(`policies/${name}.yaml`)).conditions[0].conditionThreshold,
    )
    expect(backlog).toMatchObject({ comparison: 'COMPARISON_GT', thresholdValue: 1800 })
    expect(backlog.filter).toMatch(/oldest_unacked_message_age.*"@SUBSCRIPTION@"$/)
    expect(rejected).toMatchObject({ comparison: 'COMPARISON_GT', thresholdValue: 0 })
    expect(rejected.filter).toMatch(/num_undelivered_messages.*"@REJECTED_SUBSCRIPTION@"$/)
  })

  test.each([
    { name: 'schedule', entry: failedJob, isNoticed: true },
    { name: 'paused', entry: callOf('PauseJob'), isNoticed: true },
    { name: 'paused', entry: callOf('DeleteJob'), isNoticed: true },
    { name: 'paused', entry: callOf('ResumeJob'), isNoticed: false },
  ])('$name.yaml watches every job of Cloud Scheduler', ({ name, entry, isNoticed }) => {
    const { filter } = parse(textOf(`policies/${name}.yaml`)).conditions[0].conditionMatchedLog
    expect(matchesFilter(entry, filter)).toBe(isNoticed)
  })

  test.each(['policies/silence.yaml', 'dashboard.yaml'])('%s uses metrics of nbtrigger', (name) => {
    const filters = [...textOf(name).matchAll(/user\/(\w+)"[^:]*?(?=\n +\w+:)/g)]
    expect(filters.length).toBeGreaterThan(0)
    for (const [, metric] of filters) expect(metricCalled(metric).filter).not.toBe('')
  })

  test('dashboard.yaml groups and filters by labels of its metrics', () => {
    const { tiles } = parse(textOf('dashboard.yaml')).mosaicLayout
    const charts: string[] = tiles.flatMap(({ widget }: { widget: { xyChart?: object } }) =>
      widget.xyChart ? [JSON.stringify(widget.xyChart)] : [],
    )
    const ours = charts.filter((chart) => chart.includes('logging.googleapis.com/user/'))
    expect(ours).toHaveLength(7)
    for (const chart of ours) {
      const metric = metricCalled(/user\/(\w+)/.exec(chart)?.[1])
      const used = [...chart.matchAll(/metric\.label\.(\w+)/g)].map(([, label]) => label)
      expect(Object.keys(metric.labelExtractors)).toEqual(expect.arrayContaining(used))
    }
  })
})

describeWith('gcloud', 'gcloud', () => {
  test('finds only fields of the API in metrics, alerts and the dashboard', async () => {
    await using api = await GcloudApi.start()
    await using scratch = await ScratchFolder.make('policies')
    // Those that have all fields that there are: gcloud takes a second for each call.
    for (const name of ['nbtrigger_duration', 'nbtrigger_runs']) {
      const option = `--config-from-file=${pathOf(`metrics/${name}.yaml`)}`
      const sent = await api.sent('logging', 'metrics', 'create', name, option)
      expect(sent).toMatchObject(metricCalled(name))
    }
    const known = new Set(Object.keys(metricCalled('nbtrigger_duration')))
    for (const [, metric] of metrics) {
      expect(Object.keys(metric).filter((field) => !known.has(field))).toEqual([])
    }
    const file = join(scratch.path, 'policy.yaml')
    await writeFile(file, policyOfAllConditions())
    const create = ['alpha', 'monitoring', 'policies', 'create', `--policy-from-file=${file}`]
    const policy = parse(policyOfAllConditions())
    expect(policy.conditions).toHaveLength(policies.length)
    expect(await api.sent(...create)).toEqual(policy)
    const option = `--config-from-file=${pathOf('dashboard.yaml')}`
    const sent = await api.sent('monitoring', 'dashboards', 'create', option)
    expect(sent).toEqual(parse(textOf('dashboard.yaml')))
  })

  test('reads alerts that have no other fields than one with all of their conditions', () => {
    const known = Object.keys(parse(policyOfAllConditions()))
    for (const name of policies) {
      expect(known).toEqual(expect.arrayContaining(Object.keys(parse(textOf(name)))))
    }
  })
})

/** What the Admin Activity log has of a call of Cloud Scheduler. */
function callOf(method: string) {
  const methodName = `google.cloud.scheduler.v1.CloudScheduler.${method}`
  return { protoPayload: { serviceName: 'cloudscheduler.googleapis.com', methodName } }
}

/** The alert on failure, which has all fields, with the conditions of every alert, as their files say them. */
function policyOfAllConditions(): string {
  const part = /^conditions:\n((?: .*\n)+)/m
  const conditions = policies.map((name) => part.exec(textOf(name))?.[1] ?? '')
  return textOf('policies/failure.yaml').replace(part, () => `conditions:\n${conditions.join('')}`)
}
