import { describe, expect, test } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repositoryRoot } from '../support/repository.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
}

const text = readFileSync(join(repositoryRoot, 'deploy/github-actions.yaml'), 'utf8')
const workflow = parse(text)
const steps: readonly Step[] = workflow.jobs.deploy.steps
const commands = steps.flatMap(({ run }) => run ?? [])

describe('the workflow for GitHub', () => {
  test('logs in without a key, and may do nothing else on GitHub than read', () => {
    expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(text).not.toMatch(/secrets\.|credentials_json/)
  })

  test('deploys only what deploy.sh has set up, and grants nothing', () => {
    const settings = readFileSync(join(repositoryRoot, 'deploy/settings.sh'), 'utf8')
    const names = commands.flatMap((command) =>
      [...command.matchAll(/gcloud (?:run|functions) deploy (\S+)/g)].map(([, name]) => name),
    )
    expect(names).toEqual(['nbtrigger-jupyter', 'nbtrigger', 'nbtrigger-http'])
    for (const name of names) expect(settings).toContain(`:=${name}}`)
    expect(commands.join('')).not.toMatch(/allow-unauthenticated|policy|services enable/)
  })

  test('runs scripts and uploads folders that exist', () => {
    const paths = [...commands.join('\n').matchAll(/(?:--source=|^)(deploy\/[\w./-]+)/gm)]
    expect(paths.map(([, path]) => path)).toEqual(['deploy/jupyter', 'deploy/notebooks.sh'])
    for (const [, path = ''] of paths) expect(existsSync(join(repositoryRoot, path))).toBe(true)
  })

  test('uses the names with which the documentation sets it up', () => {
    const page = readFileSync(join(repositoryRoot, 'docs/google_cloud_team.md'), 'utf8')
    expect(text).toContain('workloadIdentityPools/github/providers/github\n')
    expect(page).toContain('workload-identity-pools create github ')
    expect(page).toContain('workload-identity-pools providers create-oidc github ')
    expect(text).toContain('service_account: nbtrigger-deployer@')
    expect(page).toContain('service-accounts create nbtrigger-deployer\n')
  })
})
