import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { closeServer, portOf } from './port.ts'

export interface StoredObject {
  readonly bytes: Buffer
  readonly contentType: string
  readonly metadata?: Readonly<Record<string, string>>
  /** A number that each write of an object makes larger. */
  readonly generation?: string
  /** When it was written: ISO 8601, UTC. */
  readonly updated?: string
}

/**
 * Cloud Storage's JSON API: uploads in one request, downloads of any generation, lists in pages and
 * deletions, its errors in JSON, and at most one write a second to one object.
 */
export class StorageServer implements AsyncDisposable {
  /** "bucket/object" to what it holds. */
  readonly objects = new Map<string, StoredObject>()
  /** The method, or the type of an upload, and the status of every answer: "multipart 200". */
  readonly answers: string[] = []
  /** Refuses to write objects with such names, as when a rule of the bucket forbids it. */
  refused: RegExp | null = null
  /** Takes what comes and never answers. */
  isSilent = false
  readonly #server: Server
  readonly #buckets: readonly string[]
  readonly #failures: number[] = []
  readonly #writtenAt = new Map<string, number>()
  /** "bucket/object#generation" to what was written then. */
  readonly #generations = new Map<string, StoredObject>()

  private constructor(server: Server, buckets: readonly string[]) {
    this.#server = server
    this.#buckets = buckets
    server.on('request', (request, response) => void this.#serve(request, response))
  }

  static async start(...buckets: readonly string[]): Promise<StorageServer> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new StorageServer(server, buckets)
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`
  }

  /** Writes an object as another client would; returns its generation. */
  put(key: string, text: string): string {
    return this.#store(key, { bytes: Buffer.from(text), contentType: 'application/json' })
  }

  /** Answers the next uploads with these statuses. */
  fail(...statuses: readonly number[]): void {
    this.#failures.push(...statuses)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const kind = url.searchParams.get('uploadType') ?? (request.method ?? '').toLowerCase()
    const body = await buffer(request).catch(() => null)
    if (body === null || this.isSilent) return
    const { status, json, bytes, headers = {} } = this.#answer(url, body, request)
    this.answers.push(`${kind} ${status}`)
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    response.end(bytes ?? JSON.stringify(json))
  }

  #answer(url: URL, body: Buffer, { method = '', headers }: IncomingMessage): Answer {
    const failure = this.#failures.shift()
    if (failure !== undefined) return refusal(failure)
    const [, kind, bucket = '', name] =
      /^\/(upload\/)?storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(url.pathname) ?? []
    if (!this.#buckets.includes(bucket)) return refusal(404)
    if (kind !== undefined)
      return this.#upload(bucket, url, secondPart(body, headers['content-type']))
    if (name === undefined) return this.#list(bucket, url.searchParams)
    const key = `${bucket}/${decodeURIComponent(name)}`
    const wanted = url.searchParams.get('generation')
    const stored =
      wanted === null ? this.objects.get(key) : this.#generations.get(`${key}#${wanted}`)
    if (stored === undefined) return refusal(404)
    if (method === 'GET') {
      const own = { 'x-goog-generation': stored.generation ?? '1' }
      return { status: 200, json: {}, bytes: stored.bytes, headers: own }
    }
    this.objects.delete(key)
    return { status: 204, json: {}, bytes: Buffer.alloc(0) }
  }

  #list(bucket: string, query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? ''
    const start = query.get('pageToken') ?? query.get('startOffset') ?? ''
    const names = [...this.objects.keys()]
      .filter((key) => key.startsWith(`${bucket}/${prefix}`))
      .map((key) => key.slice(bucket.length + 1))
      .filter((name) => name >= start)
      .toSorted()
    const page = names.slice(0, Math.min(1_000, Number(query.get('maxResults') ?? 1_000)))
    const next = names[page.length]
    const hasMetadata = query.get('fields')?.includes('metadata') ?? true
    const items = page.map((name) => {
      const { metadata = {}, updated } = this.objects.get(`${bucket}/${name}`) ?? {}
      return { name, updated, ...(hasMetadata && { metadata }) }
    })
    return { status: 200, json: { items, ...(next !== undefined && { nextPageToken: next }) } }
  }

  #store(key: string, stored: StoredObject): string {
    const generation = String(1_700_000_000_000_000 + this.#generations.size)
    const object = { ...stored, generation, updated: new Date().toISOString() }
    this.objects.set(key, object)
    this.#generations.set(`${key}#${generation}`, object)
    return generation
  }

  #upload(bucket: string, { searchParams }: URL, { description, object }: Upload): Answer {
    const key = `${bucket}/${description.name}`
    if (this.refused?.test(key) === true) return refusal(403)
    const md5Hash = createHash('md5').update(object.bytes).digest('base64')
    if (description.md5Hash !== md5Hash) return refusal(400)
    if (searchParams.get('ifGenerationMatch') === '0' && this.objects.has(key)) return refusal(412)
    const now = performance.now()
    if (now - (this.#writtenAt.get(key) ?? -Infinity) < 1_000) return refusal(429)
    this.#writtenAt.set(key, now)
    this.#store(key, object)
    return { status: 200, json: { kind: 'storage#object', md5Hash } }
  }
}

interface Answer {
  readonly status: number
  readonly json: object
  /** Sent in place of `json`. */
  readonly bytes?: Buffer
  readonly headers?: Readonly<Record<string, string>>
}

function refusal(code: number): Answer {
  const message = `refused with ${code}`
  return { status: code, json: { error: { code, message, errors: [{ message, reason: 'x' }] } } }
}

/** What a multipart/related body has: JSON that describes the object, and its bytes. */
interface Upload {
  readonly description: { readonly name: string; readonly md5Hash: string }
  readonly object: StoredObject
}

function secondPart(body: Buffer, type = ''): Upload {
  const boundary = `--${/boundary=(.+)$/.exec(type)?.[1]}`
  const second = body.indexOf(boundary, boundary.length)
  const head = body.indexOf('\r\n\r\n', second)
  const end = body.lastIndexOf(`\r\n${boundary}--`)
  const description = JSON.parse(body.toString('utf8', body.indexOf('\r\n\r\n'), second))
  const [, contentType = ''] = /Content-Type: (.+)/.exec(body.toString('utf8', second, head)) ?? []
  const { metadata } = description
  return { description, object: { contentType, bytes: body.subarray(head + 4, end), metadata } }
}
