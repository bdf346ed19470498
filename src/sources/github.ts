import { posix } from 'node:path'
import type { ErrorFactory } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import { encodedPath } from '../util/path_segments.ts'
import type { GithubFile } from './github_api.ts'
import {
  invalidSource,
  maxSourceMs,
  type SourceContext,
  type SourceKind,
  type SourceLocation,
  type SourcedNotebook,
  sourcedNotebook,
  sourceElsewhere,
  tooSlow,
} from './source.ts'
import { locationOf, readWebAddress } from './web.ts'

const root = 'https://github.com'
const example = `${root}/OWNER/REPO/blob/REF/PATH.ipynb`

/** A file of a repository at GitHub, read at one commit; `apiUrl` ends in a slash. */
export function createGithubSource(apiUrl: URL): SourceKind {
  return {
    example,
    isOne: (address) => hosts.has(hostOf(address)),
    parse: (text, context) => {
      const refuse: ErrorFactory = (reason, options) => invalidSource(text, reason, options)
      const file = readFile(text, refuse)
      const { owner, repository, ref, path } = file
      const place = encodedPath(`${owner}/${repository}/blob`)
      const address = `${root}/${place}/${encodeURIComponent(ref)}/${encodedPath(path)}`
      return sourceElsewhere({
        address,
        name: posix.basename(path, '.ipynb'),
        location: locate(text, refuse),
        read: (signal) => readAtCommit(file, { ...context, address, apiUrl }, signal),
      })
    },
    remote: { locate, below: (prefix, path) => `${prefix}/${encodedPath(path)}` },
  }
}

export const githubSource = createGithubSource(new URL('https://api.github.com/'))

/** The hosts of addresses that are read by the API, with what they have before the REF. */
const hosts: ReadonlyMap<string, readonly string[]> = new Map([
  ['github.com', ['blob', 'raw']],
  ['raw.githubusercontent.com', []],
])

/** By the parsed address, whose host has one spelling; empty where it is none. */
function hostOf(text: string): string {
  if (!URL.canParse(text)) return ''
  const { host, protocol } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? host : ''
}

/** Owner and repository, "blob", the REF and the path, as far as the address has them. */
function locate(text: string, refuse: ErrorFactory): SourceLocation {
  const [owner, repository, ...rest] = namesIn(text, refuse)
  if (owner === undefined) {
    throw refuse('it leads to the repositories of everyone', { advice: 'name an owner, too' })
  }
  // GitHub takes owner and repository in upper and lower case.
  const names = [owner, ...(repository === undefined ? [] : [repository])]
  return { root, segments: [...names.map((name) => name.toLowerCase()), ...rest], version: null }
}

/** As `locate()`, with owner and repository as they were written. */
function namesIn(text: string, refuse: ErrorFactory): readonly string[] {
  const url = readWebAddress(text.replace(/^http:/i, 'https:'), refuse)
  const { segments } = locationOf(url, refuse)
  const [owner, repository, ...others] = segments
  if (owner === undefined || repository === undefined || others.length === 0) return segments
  const kinds = hosts.get(url.host) ?? []
  const [first = ''] = others
  if (kinds.length > 0 && !kinds.includes(first)) throw refuse(`write it as "${example}"`)
  const rest = kinds.length > 0 ? others.slice(1) : others
  const isFullName = rest[0] === 'refs' && ['heads', 'tags'].includes(rest[1] ?? '')
  return [owner, repository, 'blob', ...rest.slice(isFullName ? 2 : 0)]
}

function readFile(text: string, refuse: ErrorFactory): GithubFile {
  const [owner, repository, , ref, ...names] = namesIn(text, refuse)
  const path = names.join('/')
  if (owner === undefined || repository === undefined || ref === undefined || path === '') {
    throw refuse(`write it as "${example}"`)
  }
  if (!path.endsWith('.ipynb')) {
    throw refuse('it does not end in ".ipynb"', { advice: 'name the file of a notebook' })
  }
  if (!isRef(ref)) throw refuse('no branch, tag or commit can have the name of its REF')
  return { owner, repository, ref, path }
}

/** As git's check-ref-format has it, which leaves out all that git would compute a commit from. */
function isRef(ref: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|^[/.]|\/[/.]|[/.]$|^@$|\.lock(?:\/|$)/.test(ref)
}

interface CommitRead extends SourceContext {
  readonly address: string
  readonly apiUrl: URL
}

async function readAtCommit(
  file: GithubFile,
  { address, apiUrl, githubToken, isRestricted }: CommitRead,
  signal: AbortSignal,
): Promise<SourcedNotebook> {
  const { GithubApi } = await import('./github_api.ts')
  using limit = deadline(maxSourceMs, () => tooSlow(address), signal)
  const api = new GithubApi({ url: apiUrl, token: githubToken, address, file }, limit.signal)
  const commit = await api.commit({ mustBelong: isRestricted })
  return await sourcedNotebook(await api.bytes(commit), { url: address, version: commit })
}
