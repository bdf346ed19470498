import { describe, expect, test } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { describeWith } from '../support/describe_with.ts'
import { repositoryRoot } from '../support/repository.ts'
import { runProgram } from '../support/run_program.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly shell?: string
  readonly with?: Readonly<Record<string, unknown>>
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
    expect(names).toEqual(['"$JUPYTER"', '"$FUNCTION"', '"$HTTP_SERVICE"'])
    const { PROJECT, PROJECT_NUMBER, ...others } = workflow.env
    expect([PROJECT, PROJECT_NUMBER]).toEqual(['my-project', '123456789'])
    const used = commands.join('').match(/(?<=\$)[A-Z_]+/g) ?? []
    expect(Object.keys(workflow.env)).toEqual(expect.arrayContaining(used))
    for (const [name, value] of Object.entries(others)) {
      expect(settings).toContain(`"\${${name}:=${String(value)}}"`)
    }
    expect(commands.join('')).not.toMatch(/allow-unauthenticated|policy|services enable/)
  })

  test('runs scripts and uploads folders that exist', () => {
    const paths = [...commands.join('\n').matchAll(/(?:--source=|^ *)(deploy\/[\w./-]+)/gm)]
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

  test('is set up with the services of Google Cloud for it, for one repository and no pull request', () => {
    const page = readFileSync(join(repositoryRoot, 'docs/google_cloud_team.md'), 'utf8')
    const enabled = page.indexOf(
      'services enable iamcredentials.googleapis.com sts.googleapis.com\n',
    )
    expect(enabled).toBeGreaterThan(0)
    expect(enabled).toBeLessThan(page.indexOf('workload-identity-pools create'))
    const condition = /--attribute-condition="(.*)"/.exec(page)?.[1]?.split(' && ')
    expect(condition).toEqual([
      "assertion.repository_id == 'ID'",
      "assertion.ref == 'refs/heads/main'",
      "assertion.event_name != 'pull_request_target'",
    ])
    expect(page).toContain(',attribute.repository_id=assertion.repository_id ')
    expect(page).toContain('/attribute.repository_id/ID\n')
  })
})

describeWith('git', 'the notebooks of a checkout', () => {
  const folder = 'deploy/jupyter/workspaces'
  const step = steps.find(({ run }) => run?.includes('deploy/notebooks.sh'))

  test('are of the time at which they came into the branch when they are copied', async () => {
    await using scratch = await ScratchFolder.make('checkout')
    const checkout = new Checkout(scratch.path)
    await checkout.git(1_000, 'init', '--initial-branch=main')
    await checkout.commit(1_000, 'deploy/notebooks.sh', '#!/bin/sh\necho copied\n')
    await checkout.commit(2_000, `${folder}/old [1].ipynb`)
    await checkout.git(2_000, 'switch', '--create', 'branch')
    await checkout.commit(3_000, `${folder}/sub/merged.ipynb`)
    await checkout.git(4_000, 'switch', 'main')
    await checkout.commit(4_000, 'README.md')
    await checkout.git(5_000, 'merge', '--no-edit', 'branch')
    const copied = await runProgram({
      command: 'bash',
      args: ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''],
      env: checkout.environment(6_000),
      cwd: scratch.path,
    })
    expect(copied).toBe('copied\n')
    expect(step?.shell).toBe('bash') // else GitHub starts it without pipefail
    expect(await checkout.time(`${folder}/old [1].ipynb`)).toBe(2_000)
    expect(await checkout.time(`${folder}/sub/merged.ipynb`)).toBe(5_000)
  })
})

describe('the checkout', () => {
  test('brings the whole history, which has the times of the notebooks', () => {
    const checkout = steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))
    expect(checkout?.with).toMatchObject({ 'fetch-depth': 0 })
  })
})

/** A git repository whose files are new, as those of a checkout are. Times are seconds. */
class Checkout {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  environment(time: number): Readonly<Record<string, string | undefined>> {
    const date = `@${time} +0000`
    return {
      PATH: process.env['PATH'],
      HOME: this.#root,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ann',
      GIT_AUTHOR_EMAIL: 'ann@example.com',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: 'Ann',
      GIT_COMMITTER_EMAIL: 'ann@example.com',
      GIT_COMMITTER_DATE: date,
    }
  }

  async git(time: number, ...command: readonly string[]): Promise<void> {
    const args = ['-C', this.#root, ...command]
    await runProgram({ command: 'git', args, env: this.environment(time) })
  }

  async commit(time: number, path: string, content = path): Promise<void> {
    const file = join(this.#root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content, { mode: 0o755 })
    await this.git(time, 'add', '--all')
    await this.git(time, 'commit', '--message', path)
  }

  async time(path: string): Promise<number> {
    return (await stat(join(this.#root, path))).mtimeMs / 1_000
  }
}
