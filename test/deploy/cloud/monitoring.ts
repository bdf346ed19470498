import { readFileSync } from 'node:fs'
import { fieldOf, matchesFilter } from '../log_filter.ts'
import type { ParsedCall } from './call.ts'
import { matches } from './listing.ts'
import type { LogEntry, Project } from './project.ts'
import { Refusal, refusals } from './refusal.ts'

/** "logging read": the entries that fit the filter, as text when the format names columns. */
export function readLog(project: Project, { name, flags }: ParsedCall): string {
  const columns = /\(([^()]*(?:\([^)]*\)[^()]*)*)\)$/.exec(flags.get('format') ?? '')?.[1]
  const entries = project.log.filter(
    ({ readableAt, entry }) => project.now >= readableAt && matchesFilter(entry, name),
  )
  return entries
    .map(({ entry }) => (columns ?? '').split(',').map((column) => textAt(entry, column)))
    .map((values) => `${values.join('  ')}\n`)
    .join('')
}

/** "monitoring policies create" and the like, from the text or the file that the flags give. */
export function createMonitoring(project: Project, { group, flags }: ParsedCall): string {
  const text = textOf(flags)
  for (const [type = '', metric = ''] of text.matchAll(/logging\.googleapis\.com\/user\/(\w+)/g)) {
    const isKnown = project.isKnown('logging metrics', metric, project.habits.delays.metric)
    if (group === 'monitoring policies' && !isKnown) throw new Refusal(refusals.unknownMetric(type))
  }
  const labels = flags.get('channel-labels') ?? ''
  const name = /^displayName: (.*)$/m.exec(text)?.[1] ?? labels.replace(/^email_address=/, '')
  const path = `projects/demo/${group.split(' ')[1]}/${project.list(group).length + 1}`
  project.create(group, name, { path, text })
  return ''
}

export function listMonitoring(project: Project, { group, flags }: ParsedCall): string {
  return project
    .list(group)
    .filter(([name]) => {
      const known = { displayName: name, type: 'email', 'labels.email_address': name }
      return matches(known, flags.get('filter'))
    })
    .map(([, { path }]) => `${String(path)}\n`)
    .join('')
}

function textOf(flags: ReadonlyMap<string, string>): string {
  const file = flags.get('policy-from-file') ?? flags.get('config-from-file')
  if (file !== undefined) return readFileSync(file, 'utf8')
  return flags.get('policy') ?? flags.get('config') ?? ''
}

function textAt(entry: LogEntry['entry'], path: string): string {
  const value = fieldOf(entry, path)
  return typeof value === 'string' ? value : ''
}
