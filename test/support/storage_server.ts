import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface StoredObject {
  readonly bytes: Buffer
  readonly contentType: string
}

interface Upload {
  readonly key: string
  readonly contentType: string
}

/**
 * Cloud Storage's JSON API as the real client speaks to it: simple and resumable uploads, downloads,
 * lists in pages and deletions, its errors in JSON, and at most one write a second to one object.
 */
export class StorageServer implements AsyncDisposable {
  /** "bucket/object" to what it holds. */
  readonly objects = new Map<string, StoredObject>()
  /** The upload type and the status of every answer: "multipart 200". */
  readonly answers: string[] = []
  /** Takes what comes and never answers. */
  isSilent = false
  readonly #server: Server
  readonly #buckets: readonly string[]
  readonly #failures: number[] = []
  readonly #sessions = new Map<string, Upload>()
  readonly #writtenAt = new Map<string, number>()

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
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  /** Answers the next uploads with these statuses. */
  fail(...statuses: readonly number[]): void {
    this.#failures.push(...statuses)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const kind = url.searchParams.get('uploadType') ?? 'other'
    const body = await buffer(request).catch(() => null)
    if (body === null || this.isSilent) return
    const { status, json, bytes, headers = {} } = this.#answer(url, body, request)
    this.answers.push(`${kindOf(request.method, kind)} ${status}`)
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    response.end(bytes ?? JSON.stringify(json))
  }

  #answer(url: URL, body: Buffer, { method, headers }: IncomingMessage): Answer {
    const session = this.#sessions.get(url.searchParams.get('upload_id') ?? '')
    if (method === 'PUT' && session !== undefined) return this.#write(session, body)
    const [, from, name] = /^(?:\/storage\/v1)?\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(url.pathname) ?? []
    if (from !== undefined) return this.#readOrDelete(from, { name, url, method: method ?? '' })
    const [, bucket = ''] = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(url.pathname) ?? []
    const key = `${bucket}/${url.searchParams.get('name')}`
    const failure = this.#failures.shift()
    if (failure !== undefined) return refusal(failure)
    if (method !== 'POST' || !this.#buckets.includes(bucket)) return refusal(404)
    if (url.searchParams.get('uploadType') === 'resumable')
      return this.#open(key, String(headers['x-upload-content-type']))
    const { contentType, bytes } = secondPart(body, String(headers['content-type']))
    return this.#write({ key, contentType }, bytes)
  }

  #readOrDelete(bucket: string, { name, url, method }: ObjectCall): Answer {
    const failure = this.#failures.shift()
    if (failure !== undefined) return refusal(failure)
    if (!this.#buckets.includes(bucket)) return refusal(404)
    if (name === undefined) return this.#list(bucket, url.searchParams)
    const key = `${bucket}/${decodeURIComponent(name)}`
    const stored = this.objects.get(key)
    if (stored === undefined) return refusal(404)
    if (method === 'GET') return { status: 200, json: {}, bytes: stored.bytes }
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
    const items = page.map((name) => ({ name }))
    return { status: 200, json: { items, ...(next !== undefined && { nextPageToken: next }) } }
  }

  #open(key: string, contentType: string): Answer {
    const id = randomUUID()
    this.#sessions.set(id, { key, contentType })
    const Location = `${this.url}/upload?uploadType=resumable&upload_id=${id}`
    return { status: 200, json: {}, headers: { Location } }
  }

  #write({ key, contentType }: Upload, bytes: Buffer): Answer {
    const now = performance.now()
    if (now - (this.#writtenAt.get(key) ?? -Infinity) < 1_000) return refusal(429)
    this.#writtenAt.set(key, now)
    this.objects.set(key, { bytes, contentType })
    const md5Hash = createHash('md5').update(bytes).digest('base64')
    return { status: 200, json: { kind: 'storage#object', md5Hash, size: String(bytes.length) } }
  }
}

interface ObjectCall {
  /** Encoded; undefined for the list of all objects. */
  readonly name: string | undefined
  readonly url: URL
  readonly method: string
}

function kindOf(method: string | undefined, uploadType: string): string {
  if (method === 'PUT') return 'part'
  return method === 'POST' ? uploadType : (method ?? '').toLowerCase()
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

/** Of a multipart/related body: the first part describes the second. */
function secondPart(body: Buffer, type: string): StoredObject {
  const boundary = `--${/boundary=(.+)$/.exec(type)?.[1]}`
  const start = body.indexOf(boundary, boundary.length)
  const head = body.indexOf('\r\n\r\n', start)
  const end = body.lastIndexOf(`\r\n${boundary}--`)
  const [, contentType = ''] = /Content-Type: (.+)/.exec(body.toString('utf8', start, head)) ?? []
  return { contentType, bytes: body.subarray(head + 4, end) }
}
