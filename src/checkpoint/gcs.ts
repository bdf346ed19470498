import { RunError } from '../errors.ts'
import { type CloudStorage, gcsProblem, type GcsObject } from '../google/cloud_storage.ts'
import type { CheckpointFolder } from './store.ts'

/** A run has few files: its head, and a part for each cell. */
const maxFiles = 20_000

/** Objects of Cloud Storage with a common prefix. */
export class GcsFolder implements CheckpointFolder {
  readonly address: string
  readonly #bucket: string
  readonly #prefix: string
  readonly #storage: CloudStorage

  /** The path of the folder has no slash at its end. */
  constructor({ bucket, path }: GcsObject, storage: CloudStorage) {
    this.address = `gs://${bucket}/${path}`
    this.#bucket = bucket
    this.#prefix = `${path}/`
    this.#storage = storage
  }

  async list(signal: AbortSignal): Promise<readonly string[]> {
    const prefix = this.#prefix
    const query = { prefix, startOffset: prefix, maxResults: maxFiles, hasMetadata: false }
    const objects = await this.#call(
      'read',
      this.#storage.list(this.#bucket, query, signal),
      signal,
    )
    return objects.map(({ name }) => name.slice(prefix.length))
  }

  async create(name: string, text: string, signal: AbortSignal): Promise<boolean> {
    const created = this.#storage.create(this.#object(name), uploadOf(text), signal)
    return await this.#call('write', created, signal)
  }

  async write(name: string, text: string, signal: AbortSignal): Promise<void> {
    const written = this.#storage.write(this.#object(name), uploadOf(text), signal)
    await this.#call('write', written, signal)
  }

  async read(name: string, signal: AbortSignal): Promise<string | null> {
    return await this.#call('read', this.#storage.read(this.#object(name), signal), signal)
  }

  async remove(names: readonly string[], signal: AbortSignal): Promise<void> {
    const objects = names.map((name) => this.#object(name))
    await this.#call('remove', this.#storage.deleteAll(objects, signal), signal)
  }

  async removeAll(signal: AbortSignal): Promise<void> {
    await this.remove(await this.list(signal), signal)
  }

  #object(name: string): GcsObject {
    return { bucket: this.#bucket, path: this.#prefix + name }
  }

  async #call<Value>(verb: string, work: Promise<Value>, signal: AbortSignal): Promise<Value> {
    try {
      return await work
    } catch (cause) {
      signal.throwIfAborted()
      const role = 'storage.objectUser'
      const { what, advice = null } = gcsProblem(cause, { bucket: this.#bucket, verb, role })
      const reason = `Cannot ${verb} the checkpoint in "${this.address}": ${what}`
      throw new RunError('CHECKPOINT_FAILED', reason, { advice, cause })
    }
  }
}

function uploadOf(text: string) {
  return { bytes: Buffer.from(text), mediaType: 'application/json' }
}
