import { readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { repositoryRoot } from '../support/repository.ts'

export interface Metric {
  readonly filter: string
  readonly valueExtractor?: string
  readonly labelExtractors: Readonly<Record<string, string>>
  readonly metricDescriptor: { readonly labels: readonly { readonly key: string }[] }
}

const folder = join(repositoryRoot, 'deploy/monitoring')

export const policies = namesIn('policies')
export const metrics: readonly (readonly [string, Metric])[] = namesIn('metrics').map((name) => [
  basename(name, '.yaml'),
  parse(textOf(name)),
])

export function metricCalled(wanted: string | undefined): Metric {
  const found = metrics.find(([name]) => name === wanted)
  if (found === undefined) throw new Error(`Cannot find the metric "${wanted}"`)
  return found[1]
}

/** The path of a file such as "policies/failure.yaml". */
export function pathOf(name: string): string {
  return join(folder, name)
}

export function textOf(name: string): string {
  return readFileSync(pathOf(name), 'utf8')
}

function namesIn(kind: string): readonly string[] {
  return readdirSync(join(folder, kind)).map((name) => `${kind}/${name}`)
}
