import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './repository.ts'

/** Every page of the documentation, by its path in the repository. */
export function readPages(): ReadonlyMap<string, string> {
  const docs = readdirSync(join(repositoryRoot, 'docs')).filter((name) => name.endsWith('.md'))
  const paths = [
    'README.md',
    'CONTRIBUTING.md',
    'deploy/README.md',
    ...docs.map((name) => `docs/${name}`),
  ]
  return new Map(paths.map((path) => [path, readFileSync(join(repositoryRoot, path), 'utf8')]))
}
