import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { closeServer, portOf } from './port.ts'

/** A commit: its files by path, and the commits that it is built on. */
export interface Commit {
  readonly files: Readonly<Record<string, string>>
  readonly parent?: string
}

export interface GithubCall {
  readonly path: string
  readonly authorization: string | undefined
  readonly accept: string | undefined
}

/**
 * As much of GitHub's REST API as is used, for one repository, built from its documentation: commits by
 * full names of branches and tags and by their hash, contents of files, comparisons, and what an answer
 * says of the limit of requests. Like GitHub, it knows the commits of forks and of pull requests.
 */
export class GithubServer implements AsyncDisposable {
  readonly calls: GithubCall[] = []
  /** "heads/main" to a commit's hash. */
  readonly refs = new Map<string, string>()
  /** Needed for every call; null for a public repository. */
  token: string | null = null
  /** Answers everything with this status, and these headers. */
  refusal: { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | null =
    null
  readonly #repository: string
  readonly #server: Server
  readonly #commits = new Map<string, Commit>()

  private constructor(server: Server, repository: string) {
    this.#server = server
    this.#repository = repository
    server.on('request', (request, response) => this.#serve(request, response))
  }

  static async start(repository: string): Promise<GithubServer> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new GithubServer(server, repository)
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${portOf(this.#server)}/`)
  }

  /** Returns the hash of the commit. */
  commit(commit: Commit): string {
    const hash = createHash('sha1').update(`${this.#commits.size}`).digest('hex')
    this.#commits.set(hash, commit)
    return hash
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server)
  }

  #serve({ url = '/', headers }: IncomingMessage, response: ServerResponse): void {
    const { authorization, accept } = headers
    this.calls.push({ path: url, authorization, accept })
    const { status, body, headers: own = {} } = this.#answer(new URL(url, this.url), headers)
    response.writeHead(status, own).end(body)
  }

  #answer(url: URL, { authorization, accept = '' }: IncomingMessage['headers']): Answer {
    if (this.refusal !== null) return { ...this.refusal, body: '{"message":"refused"}' }
    if (this.token !== null && authorization !== `Bearer ${this.token}`) return missing(404)
    const start = `/repos/${this.#repository}`
    const path = decodeURIComponent(url.pathname)
    if (path.toLowerCase() === start.toLowerCase()) return json({ default_branch: 'main' })
    const [, kind, rest = ''] =
      /^\/(commits|contents|compare)\/(.*)$/.exec(path.slice(start.length)) ?? []
    if (kind === 'commits') return this.#commit(rest, accept)
    if (kind === 'contents') return this.#contents(rest, url.searchParams.get('ref') ?? '')
    return kind === 'compare' ? this.#compare(rest) : missing(404)
  }

  #commit(ref: string, accept: string): Answer {
    const named = this.refs.get(ref) ?? (ref === 'HEAD' ? this.refs.get('heads/main') : undefined)
    const hashes = [...this.#commits.keys()]
    const hash = named ?? hashes.find((each) => ref.length >= 7 && each.startsWith(ref))
    if (hash === undefined) return missing(422)
    return accept === 'application/vnd.github.sha'
      ? { status: 200, body: hash }
      : json({ sha: hash })
  }

  #contents(path: string, ref: string): Answer {
    const text = this.#commits.get(ref)?.files[path]
    return text === undefined ? missing(404) : { status: 200, body: text }
  }

  #compare(range: string): Answer {
    const [base = '', head = ''] = range.split('...')
    const history = this.#historyOf(this.refs.get(`heads/${base}`))
    if (history[0] === head) return json({ status: 'identical' })
    return json({ status: history.includes(head) ? 'behind' : 'diverged' })
  }

  #historyOf(hash: string | undefined): readonly string[] {
    return hash === undefined ? [] : [hash, ...this.#historyOf(this.#commits.get(hash)?.parent)]
  }
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

function json(value: object): Answer {
  return { status: 200, body: JSON.stringify(value) }
}

function missing(status: number): Answer {
  return { status, body: JSON.stringify({ message: 'Not Found' }) }
}
