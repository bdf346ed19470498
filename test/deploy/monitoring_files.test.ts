import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { describeWith } from '../support/describe_with.ts'
import { GcloudApi } from './gcloud_api.ts'
import { metricCalled, metrics, pathOf, policies, textOf } from './monitoring_files.ts'

describe('the alerts and the dashboard', () => {
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
    expect(ours).toHaveLength(5)
    for (const chart of ours) {
      const metric = metricCalled(/user\/(\w+)/.exec(chart)?.[1])
      const used = [...chart.matchAll(/metric\.label\.(\w+)/g)].map(([, label]) => label)
      expect(Object.keys(metric.labelExtractors)).toEqual(expect.arrayContaining(used))
    }
  })
})

describeWith('gcloud', 'gcloud', () => {
  test('reads every file, and finds only fields of the API', async () => {
    await using api = await GcloudApi.start()
    for (const [name, metric] of metrics) {
      const option = `--config-from-file=${pathOf(`metrics/${name}.yaml`)}`
      expect(await api.sent('logging', 'metrics', 'create', name, option)).toMatchObject(metric)
    }
    for (const name of policies) {
      const option = `--policy-from-file=${pathOf(name)}`
      const sent = await api.sent('alpha', 'monitoring', 'policies', 'create', option)
      expect(sent).toEqual(parse(textOf(name)))
    }
    const option = `--config-from-file=${pathOf('dashboard.yaml')}`
    const sent = await api.sent('monitoring', 'dashboards', 'create', option)
    expect(sent).toEqual(parse(textOf('dashboard.yaml')))
  })
})
