import { posix } from 'node:path'
import { RunError } from '../errors.ts'
import { CloudStorage, gcsProblem, type GcsObject } from '../google/cloud_storage.ts'
import { checkBucket, splitGcs } from '../google/gcs_address.ts'
import { listedText, listedUpload } from '../google/listed_text.ts'
import type { Document } from '../storage/serialise.ts'
import { readSegments } from '../util/path_segments.ts'
import {
  type HistoryStore,
  type HistoryStoreKind,
  invalidStore,
  type ListedFile,
  type Range,
} from './store.ts'

/** Objects of Cloud Storage with a common prefix. */
export const gcsStore: HistoryStoreKind = {
  scheme: 'gs',
  example: 'gs://bucket/prefix',
  parse: (rest, { text, storageEmulator }) => {
    const refuse = invalidStore(text)
    const { bucket, path } = splitGcs(rest) ?? { bucket: '', path: null }
    checkBucket(bucket, refuse)
    const root = { bucket, path: readSegments(path ?? '', refuse).join('/') }
    return new GcsStore(root, new CloudStorage(storageEmulator))
  },
}

class GcsStore implements HistoryStore {
  readonly address: string
  readonly #bucket: string
  readonly #prefix: string
  readonly #storage: CloudStorage

  /** The path of `root` is empty for the whole bucket. */
  constructor({ bucket, path }: GcsObject, storage: CloudStorage) {
    this.address = path === '' ? `gs://${bucket}` : `gs://${bucket}/${path}`
    this.#bucket = bucket
    this.#prefix = path === '' ? '' : `${path}/`
    this.#storage = storage
  }

  async write(name: string, document: Document, signal: AbortSignal): Promise<void> {
    await this.#call(this.#storage.write(this.#object(name), document, signal), signal)
  }

  async writeListed(name: string, document: Document, signal: AbortSignal): Promise<void> {
    const upload = listedUpload(document)
    await this.#call(this.#storage.write(this.#object(name), upload, signal), signal)
  }

  async read(name: string, signal: AbortSignal): Promise<string | null> {
    return await this.#call(this.#storage.read(this.#object(name), signal), signal)
  }

  async list(folder: string, range: Range, signal: AbortSignal): Promise<readonly ListedFile[]> {
    const prefix = posix.join(this.#prefix, folder, '/')
    const query = {
      prefix,
      startOffset: prefix + range.after,
      maxResults: range.limit + 1, // the first one may be `after` itself
      hasMetadata: range.hasTexts,
    }
    const objects = await this.#call(this.#storage.list(this.#bucket, query, signal), signal)
    return objects
      .map((object) => ({ name: object.name.slice(prefix.length), text: listedText(object) }))
      .filter(({ name }) => name > range.after)
      .slice(0, range.limit)
  }

  async remove(names: readonly string[], signal: AbortSignal): Promise<void> {
    const objects = names.map((name) => this.#object(name))
    await this.#call(this.#storage.deleteAll(objects, signal), signal)
  }

  #object(name: string): GcsObject {
    return { bucket: this.#bucket, path: this.#prefix + name }
  }

  async #call<Value>(answer: Promise<Value>, signal: AbortSignal): Promise<Value> {
    try {
      return await answer
    } catch (cause) {
      signal.throwIfAborted()
      const { what, advice = null } = gcsProblem(cause, {
        bucket: this.#bucket,
        verb: 'call',
        role: 'storage.objectUser',
      })
      const reason = `Cannot use the history in "${this.address}": ${what}`
      throw new RunError('HISTORY_UNAVAILABLE', reason, { advice, cause })
    }
  }
}
