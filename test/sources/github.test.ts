import { describe, expect, test } from '@jest/globals'
import { createGithubSource } from '../../src/sources/github.ts'
import {
  type SourceContext,
  type SourcedNotebook,
  unreadSources,
} from '../../src/sources/source.ts'
import { noServer } from '../support/no_server.ts'
import { GithubServer } from '../support/github_server.ts'
import { notebookOf } from '../support/notebook_file.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'

const text = (source: string) => JSON.stringify(notebookOf([source]))
const address = 'https://github.com/org/repo/blob/main/my%20reports/daily.ipynb'
const path = 'my reports/daily.ipynb'
const outsider: SourceContext = { ...unreadSources, isRestricted: true }

async function read(
  github: GithubServer,
  url: string,
  context: SourceContext = outsider,
): Promise<SourcedNotebook> {
  return await createGithubSource(github.url).parse(url, context).read(noServer, neverAborts)
}

async function startGithub(): Promise<GithubServer> {
  const github = await GithubServer.start('org/repo')
  const first = github.commit({ files: { [path]: text('first') } })
  const second = github.commit({ files: { [path]: text('second') }, parent: first })
  github.refs.set('heads/main', second)
  github.refs.set('tags/v1', first)
  github.refs.set('heads/feature/x', github.commit({ files: { [path]: text('feature') } }))
  return github
}

const sourceOf = ({ notebook }: SourcedNotebook) => notebook.cells[0]?.source

describe('a notebook at GitHub', () => {
  test('is read at the commit that a branch is now, which is resolved once', async () => {
    await using github = await startGithub()
    const found = await read(github, address)
    const commit = github.refs.get('heads/main')
    expect(sourceOf(found)).toBe('second')
    expect(found.source).toMatchObject({ url: address, version: commit })
    expect(github.calls.map((call) => call.path)).toEqual([
      '/repos/org/repo/commits/heads/main',
      `/repos/org/repo/contents/my%20reports/daily.ipynb?ref=${commit}`,
    ])
  })

  test.each([
    { name: 'a tag', ref: 'v1', expected: 'first' },
    { name: 'a branch with a slash in its name', ref: 'feature%2Fx', expected: 'feature' },
    { name: 'the default branch', ref: 'HEAD', expected: 'second' },
    { name: 'the full name of a branch', ref: 'refs/heads/main', expected: 'second' },
    { name: 'the full name of a tag', ref: 'refs/tags/v1', expected: 'first' },
  ])('is read at $name', async ({ ref, expected }) => {
    await using github = await startGithub()
    expect(sourceOf(await read(github, address.replace('main', ref)))).toBe(expected)
  })

  test('is read at a commit of the default branch, by a hash of any length', async () => {
    await using github = await startGithub()
    const first = github.refs.get('tags/v1') ?? ''
    for (const ref of [first, first.slice(0, 8)]) {
      expect(sourceOf(await read(github, address.replace('main', ref)))).toBe('first')
    }
  })

  test('is not read at the commit of a fork or of a pull request, unless a person names it', async () => {
    await using github = await startGithub()
    const foreign = github.commit({ files: { [path]: text('stolen') } })
    github.refs.set('refs/pull/1/head', foreign)
    github.refs.set('pull/1/head', foreign)
    const asked = [foreign, foreign.slice(0, 7), 'refs%2Fpull%2F1%2Fhead', 'pull%2F1%2Fhead']
    for (const ref of asked) {
      const { code, message } = await rejectionOf(read(github, address.replace('main', ref)))
      expect([ref, code]).toEqual([ref, 'NOTEBOOK_NOT_FOUND'])
      expect(message).toMatch(
        /org\/repo has no (branch, tag or commit|commit of its default branch) "/,
      )
    }
    const named = await read(github, address.replace('main', foreign), unreadSources)
    expect(sourceOf(named)).toBe('stolen')
  })

  test('of a private repository is read with the token, which goes nowhere else', async () => {
    await using github = await startGithub()
    github.token = 's3cret-token'
    const { code, message } = await rejectionOf(read(github, address))
    expect([code, message]).toEqual([
      'NOTEBOOK_NOT_FOUND',
      expect.stringContaining('a private repository needs GITHUB_TOKEN'),
    ])
    const found = await read(github, address, { ...outsider, githubToken: 's3cret-token' })
    expect(sourceOf(found)).toBe('second')
    expect(github.calls.at(-1)?.authorization).toBe('Bearer s3cret-token')
    expect(JSON.stringify(found)).not.toContain('s3cret-token')
  })

  test.each([
    {
      name: 'the limit of requests is reached',
      refusal: { status: 403, headers: { 'x-ratelimit-remaining': '0' } },
      code: 'SOURCE_UNREACHABLE',
      reason: 'GitHub answers no more requests at the moment (403); set GITHUB_TOKEN',
    },
    {
      name: 'the token is refused',
      refusal: { status: 401 },
      code: 'SOURCE_REFUSED',
      reason: 'GitHub refuses access (401)',
    },
    {
      name: 'the repository has moved',
      refusal: { status: 301, headers: { location: 'https://evil.example/x?token=a' } },
      code: 'SOURCE_REFUSED',
      reason: 'a redirect to "https://evil.example/x…", which is not followed',
    },
  ])('fails with $code when $name', async ({ refusal, code, reason }) => {
    await using github = await startGithub()
    github.refusal = refusal
    const rejection = await rejectionOf(read(github, address))
    expect(rejection).toMatchObject({ code, message: expect.stringContaining(reason) })
    expect(github.calls).toHaveLength(1)
  })

  test('fails with NOTEBOOK_NOT_FOUND when the commit does not have the file', async () => {
    await using github = await startGithub()
    const { code, message } = await rejectionOf(read(github, address.replace('daily', 'nowhere')))
    expect(code).toBe('NOTEBOOK_NOT_FOUND')
    expect(message).toMatch(/there is no such file in the commit [\da-f]{7}; check the address/)
  })
})
