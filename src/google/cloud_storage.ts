import { createHash, randomUUID } from 'node:crypto'
import type { Reason } from '../errors.ts'
import { parseJson } from '../util/json.ts'
import { field, isRecord, textOf } from '../util/record.ts'
import {
  callGoogle,
  callGoogleForBytes,
  codeOf,
  credentialsProblem,
  endpointOf,
  failureReason,
  type GoogleCall,
  type GoogleRetries,
  noCredentials,
} from './api.ts'

export interface GcsObject {
  readonly bucket: string
  /** The object's name. */
  readonly path: string
}

export interface GcsUpload {
  readonly bytes: Uint8Array
  readonly mediaType: string
  /** Texts that a list can give back; 8 KiB together at most. */
  readonly metadata?: Readonly<Record<string, string>>
}

export interface GcsDownload extends GcsObject {
  /** null for the latest one. */
  readonly generation: string | null
  /** A larger object fails with the code TOO_LARGE. */
  readonly maxBytes: number
}

export interface DownloadedObject {
  readonly bytes: Buffer
  readonly generation: string | null
}

export interface GcsList {
  readonly prefix: string
  /** Only names that are equal to it or come after it. */
  readonly startOffset: string
  readonly maxResults: number
  /** Whether the metadata of the objects is asked for, too. */
  readonly hasMetadata: boolean
}

export interface ListedObject {
  /** The whole name, with the prefix. */
  readonly name: string
  /** When it was written, in milliseconds, by the clock of Cloud Storage. */
  readonly updatedAt: number
  readonly metadata: Readonly<Record<string, unknown>>
}

const writeRetries: GoogleRetries = { retries: 5, minWaitMs: 1_000, maxWaitMs: 8_000 }
const readRetries: GoogleRetries = { retries: 2, minWaitMs: 300, maxWaitMs: 2_000 }

/** Cloud Storage's own maximum for one page of a list. */
const maxPage = 1_000
const deletedAtOnce = 16
const preconditionFailed = '412'

/**
 * Cloud Storage by its JSON API. Methods throw what `gcsProblem()` explains. Making one costs nothing:
 * the access token belongs to the process.
 */
export class CloudStorage {
  readonly #endpoint: URL
  readonly #hasCredentials: boolean

  /** `emulator` is the value of STORAGE_EMULATOR_HOST; null for Google's own. */
  constructor(emulator: string | null) {
    this.#endpoint = endpointOf(emulator, 'https://storage.googleapis.com')
    this.#hasCredentials = emulator === null
  }

  /** Writes the object over what was there. It is replaced as a whole, or not at all. */
  async write(object: GcsObject, upload: GcsUpload, signal: AbortSignal): Promise<void> {
    await this.#upload(object, upload, {}, signal)
  }

  /** Writes the object, unless there is one of its name: then nothing is written, and it returns false. */
  async create(object: GcsObject, upload: GcsUpload, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#upload(object, upload, { ifGenerationMatch: '0' }, signal)
      return true
    } catch (error) {
      if (codeOf(error) === preconditionFailed) return false
      throw error
    }
  }

  /** The object as text; null where there is none. */
  async read(object: GcsObject, signal: AbortSignal): Promise<string | null> {
    const url = this.#objectUrl(object, { alt: 'media' })
    return await orMissing(this.#call({ url }, readRetries, signal))
  }

  /** The bytes of an object and the generation that they are of; null where there is no such object. */
  async download(
    { bucket, path, generation, maxBytes }: GcsDownload,
    signal: AbortSignal,
  ): Promise<DownloadedObject | null> {
    const query = { alt: 'media', ...(generation !== null && { generation }) }
    const call = { url: this.#objectUrl({ bucket, path }, query), maxBytes }
    const options = { hasCredentials: this.#hasCredentials, ...readRetries }
    const answer = await orMissing(callGoogleForBytes(call, options, signal))
    if (answer === null) return null
    return { bytes: answer.bytes, generation: answer.headers.get('x-goog-generation') }
  }

  /** Deletes the object; one that is not there is no error. */
  async delete(object: GcsObject, signal: AbortSignal): Promise<void> {
    const call = { method: 'DELETE', url: this.#objectUrl(object, {}) } as const
    await orMissing(this.#call(call, readRetries, signal))
  }

  /** Deletes the objects, some at a time; those that are not there are no error. */
  async deleteAll(objects: readonly GcsObject[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < objects.length; start += deletedAtOnce) {
      const some = objects.slice(start, start + deletedAtOnce)
      await Promise.all(some.map((object) => this.delete(object, signal)))
    }
  }

  /** The first objects in the order of their names. */
  async list(
    bucket: string,
    { prefix, startOffset, maxResults, hasMetadata }: GcsList,
    signal: AbortSignal,
  ): Promise<readonly ListedObject[]> {
    const found: ListedObject[] = []
    let pageToken: string | null = null
    do {
      const query: Readonly<Record<string, string>> = {
        prefix,
        startOffset,
        maxResults: String(Math.min(maxPage, maxResults - found.length)),
        fields: `items(name,updated${hasMetadata ? ',metadata' : ''}),nextPageToken`,
        ...(pageToken !== null && { pageToken }),
      }
      const url = this.#url(`storage/v1/b/${bucket}/o`, query)
      const page = parseJson(await this.#call({ url }, readRetries, signal))
      found.push(...listedObjects(page))
      pageToken = textOf(page, 'nextPageToken')
    } while (pageToken !== null && found.length < maxResults)
    return found
  }

  async #upload(
    { bucket, path }: GcsObject,
    upload: GcsUpload,
    condition: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const query = { uploadType: 'multipart', ...condition }
    const url = this.#url(`upload/storage/v1/b/${bucket}/o`, query)
    const call = { method: 'POST', url, ...multipart(path, upload) } as const
    await this.#call(call, writeRetries, signal)
  }

  #objectUrl({ bucket, path }: GcsObject, query: Readonly<Record<string, string>>): URL {
    return this.#url(`storage/v1/b/${bucket}/o/${encodeURIComponent(path)}`, query)
  }

  #url(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(path, this.#endpoint)
    url.search = String(new URLSearchParams(query))
    return url
  }

  async #call(call: GoogleCall, retries: GoogleRetries, signal: AbortSignal): Promise<string> {
    return await callGoogle(call, { hasCredentials: this.#hasCredentials, ...retries }, signal)
  }
}

/** An object's description and its bytes as one body, whose hash the server checks before it writes. */
function multipart(
  name: string,
  { bytes, mediaType, metadata = {} }: GcsUpload,
): Pick<GoogleCall, 'headers' | 'body'> {
  const boundary = randomUUID()
  const md5Hash = createHash('md5').update(bytes).digest('base64')
  const description = JSON.stringify({ name, contentType: mediaType, md5Hash, metadata })
  const head =
    `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${description}\r\n` +
    `--${boundary}\r\nContent-Type: ${mediaType}\r\n\r\n`
  return {
    headers: { 'Content-Type': `multipart/related; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--`)]),
  }
}

function listedObjects(page: unknown): ListedObject[] {
  const items = field(page, 'items')
  if (!Array.isArray(items)) return []
  return items.flatMap((item) => {
    const name = textOf(item, 'name')
    const metadata = field(item, 'metadata')
    const updatedAt = Date.parse(textOf(item, 'updated') ?? '')
    return name === null ? [] : [{ name, updatedAt, metadata: isRecord(metadata) ? metadata : {} }]
  })
}

async function orMissing<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer
  } catch (error) {
    if (codeOf(error) === '404') return null
    throw error
  }
}

export interface StorageCall {
  readonly bucket: string
  /** What was tried: "write". */
  readonly verb: string
  /** The role that the caller needs on the bucket. */
  readonly role: string
}

/** Why Cloud Storage did not do what it should. */
export function gcsProblem(error: unknown, { bucket, verb, role }: StorageCall): Reason {
  const code = codeOf(error)
  switch (code) {
    case noCredentials:
      return credentialsProblem
    case '401':
    case '403':
      return {
        what: `Cloud Storage refuses the ${verb} (${code})`,
        advice: `the caller needs the role ${role} on the bucket "${bucket}"`,
      }
    case '404':
      return { what: `there is no bucket "${bucket}" (404)`, advice: 'make it or name another one' }
    default:
      return { what: failureReason(error, 'Cloud Storage fails with') }
  }
}
