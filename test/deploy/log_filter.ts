import { isRecord } from '../../src/util/record.ts'
import type { LogEntry } from '../support/function_process.ts'

const severities = ['DEBUG', 'INFO', 'WARNING', 'ERROR']

/** What Cloud Run calls the programs that write entries. */
const resources = {
  function: { type: 'cloud_run_revision', labels: { service_name: 'nbtrigger' } },
  job: { type: 'cloud_run_job', labels: { job_name: 'nbtrigger-job' } },
} as const

/** An entry as Cloud Logging keeps it, made of the line that a function or a job on Cloud Run wrote. */
export function storedEntry(line: LogEntry, by: keyof typeof resources = 'function'): LogEntry {
  const { severity, 'logging.googleapis.com/labels': labels, ...jsonPayload } = line
  return { resource: resources[by], severity, labels, jsonPayload }
}

/** The value at a path such as "jsonPayload.error.code"; undefined when there is none. */
export function fieldOf(entry: LogEntry, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), entry)
}

/** The value that EXTRACT(path) takes from the entry; empty when there is none. */
export function extracted(entry: LogEntry, extractor: string): string {
  const path = /^EXTRACT\(([\w.]+)\)$/.exec(extractor)?.[1]
  if (path === undefined) throw new Error(`Cannot read the extractor "${extractor}"`)
  const value = fieldOf(entry, path)
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whether the entry passes a filter: terms with AND between them. */
export function matchesFilter(entry: LogEntry, filter: string): boolean {
  return filter.split(/\s+AND\s+/).every((term) => holdsAny(entry, term))
}

/** A term is a comparison, one of `path=("a" OR "b")`, or several in brackets with OR between them. */
function holdsAny(entry: LogEntry, term: string): boolean {
  const [, start = '', list] = /^([\w.]*=?)\((.*)\)$/.exec(term) ?? []
  if (list === undefined) return holds(entry, term)
  return list.split(/\s+OR\s+/).some((each) => holds(entry, start + each))
}

function holds(entry: LogEntry, comparison: string): boolean {
  const [, path, operator, text] = /^([\w.]+)(=~|=|!=|>=|:)"?([^"]*)"?$/.exec(comparison) ?? []
  if (path === undefined || text === undefined) {
    throw new Error(`Cannot read the comparison "${comparison}"`)
  }
  if (operator === ':' && text === '*') return fieldOf(entry, path) !== undefined
  const value = String(fieldOf(entry, path))
  if (operator === '=~') return new RegExp(text).test(value)
  if (operator === '=') return value === text
  if (operator === '!=') return value !== text
  return severities.indexOf(value) >= severities.indexOf(text)
}
