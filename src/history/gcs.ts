import { posix } from 'node:path'
import type { Bucket } from '@google-cloud/storage'
import pRetry from 'p-retry'
import { asRunError, RunError } from '../errors.ts'
import { saveToGcs } from '../storage/gcs.ts'
import type { Document } from '../storage/serialise.ts'
import { abortable, lazy } from '../util/abort.ts'
import { codeOf, gcsProblem, isBucketName, isPassing, openStorage } from '../util/cloud_storage.ts'
import { readSegments } from '../util/path_segments.ts'
import { quoteForError } from '../util/text.ts'
import { type HistoryPlace, type HistoryPlaceKind, invalidPlace, type Range } from './place.ts'

/** Objects of Cloud Storage with a common prefix. */
export const gcsPlace: HistoryPlaceKind = {
  scheme: 'gs',
  example: 'gs://bucket/prefix',
  parse: (rest, { text }) => {
    const refuse = invalidPlace(text)
    const [, bucket = '', prefix = ''] = /^\/\/([^/]*)(?:\/(.*))?$/s.exec(rest) ?? []
    if (!isBucketName(bucket)) {
      throw refuse(`no bucket can have the name ${quoteForError(bucket)}`)
    }
    return new GcsPlace(bucket, readSegments(prefix, refuse).join('/'))
  },
}

/** Cloud Storage's own maximum for one page of a list. */
const maxPage = 1_000
const deletedAtOnce = 16
const role = 'storage.objectUser'

class GcsPlace implements HistoryPlace {
  readonly address: string
  readonly #name: string
  readonly #prefix: string
  #bucket: (() => Promise<Bucket>) | null = null

  constructor(bucket: string, prefix: string) {
    this.address = posix.join('gs://', bucket, prefix).replace('gs:/', 'gs://')
    this.#name = bucket
    this.#prefix = prefix === '' ? '' : `${prefix}/`
  }

  async write(name: string, document: Document, signal: AbortSignal): Promise<void> {
    await saveToGcs({ bucket: this.#name, path: this.#prefix + name }, document, signal)
  }

  async read(name: string, signal: AbortSignal): Promise<string | null> {
    return await this.#call(async (bucket) => {
      try {
        const [bytes] = await bucket.file(this.#prefix + name).download()
        return bytes.toString()
      } catch (error) {
        if (codeOf(error) === '404') return null
        throw error
      }
    }, signal)
  }

  async list(folder: string, range: Range, signal: AbortSignal): Promise<readonly string[]> {
    const prefix = `${this.#prefix}${folder}/`
    const names: string[] = []
    let pageToken: string | undefined
    do {
      const query = {
        prefix,
        startOffset: prefix + range.after,
        maxResults: Math.min(maxPage, range.limit + 1 - names.length),
        autoPaginate: false,
        fields: 'items/name,nextPageToken',
        ...(pageToken !== undefined && { pageToken }),
      }
      const [files, next] = await this.#call((bucket) => bucket.getFiles(query), signal)
      names.push(...files.map((file) => file.name.slice(prefix.length)))
      pageToken = next?.pageToken
    } while (pageToken !== undefined && names.length <= range.limit)
    return names.filter((name) => name > range.after).slice(0, range.limit)
  }

  async remove(names: readonly string[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < names.length; start += deletedAtOnce) {
      const some = names.slice(start, start + deletedAtOnce)
      const remove = (name: string) =>
        this.#call(
          (bucket) => bucket.file(this.#prefix + name).delete({ ignoreNotFound: true }),
          signal,
        )
      await Promise.all(some.map(remove))
    }
  }

  async #call<Value>(
    work: (bucket: Bucket) => Promise<Value>,
    signal: AbortSignal,
  ): Promise<Value> {
    const code = 'HISTORY_UNAVAILABLE'
    const purpose = `Cannot use the history in "${this.address}"`
    this.#bucket ??= lazy(async () =>
      (await openStorage({ purpose, code }, signal)).bucket(this.#name),
    )
    const open = this.#bucket
    try {
      const call = async () => await work(await open())
      const retried = pRetry(call, {
        retries: 2,
        minTimeout: 300,
        shouldRetry: ({ error }) => isPassing(error),
        signal,
      })
      return await abortable(retried, signal)
    } catch (cause) {
      signal.throwIfAborted()
      const known =
        cause instanceof RunError
          ? asRunError(cause)
          : gcsProblem(cause, { bucket: this.#name, verb: 'call', role })
      const { what, advice = null } = known
      const reason = cause instanceof RunError ? what : `${purpose}: ${what}`
      throw new RunError(code, reason, { advice, cause })
    }
  }
}
