import type { RunError } from '../errors.ts'
import { tryParseJson } from '../util/json.ts'
import { encodedPath } from '../util/path_segments.ts'
import { textOf } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import { download, type Downloaded } from './download.ts'
import { notRead } from './source.ts'
import { statusError } from './web.ts'

/** A file as an address of GitHub names it; nothing is encoded. */
export interface GithubFile {
  readonly owner: string
  readonly repository: string
  /** A branch, a tag or a commit. */
  readonly ref: string
  readonly path: string
}

export interface GithubApiOptions {
  readonly url: URL
  /** Sent to this API alone; null for public repositories. */
  readonly token: string | null
  /** Of the notebook, for messages. */
  readonly address: string
  readonly file: GithubFile
}

/** Accepted media types of https://docs.github.com/en/rest. */
const types = {
  sha: 'application/vnd.github.sha',
  raw: 'application/vnd.github.raw+json',
  json: 'application/vnd.github+json',
} as const

/** GitHub's REST API, for one file. */
export class GithubApi {
  readonly #options: GithubApiOptions
  readonly #signal: AbortSignal

  constructor(options: GithubApiOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /**
   * The commit that the REF of the file is now. Only names of branches and tags are looked for, not all
   * that git can resolve: "refs/pull/1/head" is what anyone proposes. With `mustBelong`, a commit has
   * to be part of the default branch: GitHub shows those of a fork under the original's name, too.
   */
  async commit({ mustBelong }: { readonly mustBelong: boolean }): Promise<string> {
    const { address, file, token } = this.#options
    const { ref } = file
    const isCommit = /^[\da-f]{7,40}$/i.test(ref)
    const names = ref === 'HEAD' ? ['HEAD'] : [`heads/${ref}`, `tags/${ref}`]
    for (const name of ref.length === 40 && isCommit ? [] : names) {
      const commit = await this.#resolve(name)
      if (commit !== null) return commit
    }
    const commit = isCommit ? await this.#resolve(ref) : null
    if (commit !== null && (!mustBelong || (await this.#belongs(commit)))) return commit
    const what = commit === null ? 'branch, tag or commit' : 'commit of its default branch'
    const place = `${file.owner}/${file.repository}`
    const advice = `check the address; write "%2F" for a slash in the name of a branch${access(token)}`
    const reason = `${place} has no ${what} ${quoteForError(ref)}`
    throw notRead('NOTEBOOK_NOT_FOUND', address, reason, { advice })
  }

  /** The content of the file in a commit. */
  async bytes(commit: string): Promise<Buffer> {
    const { address, file, token } = this.#options
    const path = `contents/${encodedPath(file.path)}?ref=${commit}`
    const answer = await this.#call(path, types.raw)
    if (answer.status === 200) return answer.bytes
    if (answer.status !== 404) throw statusError(answer, address)
    const reason = `there is no such file in the commit ${commit.slice(0, 7)}`
    const advice = `check the address${access(token)}`
    throw notRead('NOTEBOOK_NOT_FOUND', address, reason, { advice })
  }

  async #resolve(name: string): Promise<string | null> {
    const answer = await this.#call(`commits/${encodedPath(name)}`, types.sha)
    if ([404, 409, 422].includes(answer.status)) return null
    const commit = answer.bytes.toString().trim()
    if (answer.status === 200 && /^[\da-f]{40}$/.test(commit)) return commit
    throw statusError(answer, this.#options.address)
  }

  /** Whether the default branch holds the commit. */
  async #belongs(commit: string): Promise<boolean> {
    const branch = textOf(await this.#json(''), 'default_branch')
    if (branch === null) return false
    // The second page of the commits comes without the changes in files.
    const range = `${encodeURIComponent(branch)}...${commit}?per_page=1&page=2`
    const status = textOf(await this.#json(`compare/${range}`), 'status')
    return status === 'behind' || status === 'identical'
  }

  async #json(path: string): Promise<unknown> {
    const { status, bytes } = await this.#call(path, types.json)
    return status === 200 ? tryParseJson(bytes.toString()) : null
  }

  async #call(path: string, accept: string): Promise<Downloaded> {
    const { url, token, address, file } = this.#options
    const place = encodedPath(`repos/${file.owner}/${file.repository}`)
    const authorization = token === null ? {} : { Authorization: `Bearer ${token}` }
    const headers = { Accept: accept, 'X-GitHub-Api-Version': '2022-11-28', ...authorization }
    const target = new URL(path === '' ? place : `${place}/${path}`, url)
    const answer = await download(target, { address, headers, allowPrivate: true }, this.#signal)
    if (answer.status === 401 || answer.status === 403) throw forbidden(answer, this.#options)
    return answer
  }
}

function access(token: string | null): string {
  return token === null ? '; a private repository needs GITHUB_TOKEN' : ''
}

function forbidden({ status, header }: Downloaded, { address, token }: GithubApiOptions): RunError {
  if (header('x-ratelimit-remaining') === '0' || header('retry-after') !== null) {
    const reason = `GitHub answers no more requests at the moment (${status})`
    const advice = token === null ? 'set GITHUB_TOKEN, which raises the limit' : null
    return notRead('SOURCE_UNREACHABLE', address, reason, { advice })
  }
  const reason = `GitHub refuses ${token === null ? 'access' : 'GITHUB_TOKEN'} (${status})`
  return notRead('SOURCE_REFUSED', address, reason, { advice: 'check what the token may read' })
}
