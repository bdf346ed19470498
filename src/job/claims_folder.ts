import { RunError, type RunErrorOptions } from '../errors.ts'
import { noAnswer } from '../google/api.ts'
import { CloudStorage, type GcsObject, gcsProblem } from '../google/cloud_storage.ts'
import { isBucketName, splitGcsText } from '../google/gcs_address.ts'
import { listedText, listedUpload } from '../google/listed_text.ts'
import { type Env, unusable, variableOf } from '../request/env.ts'
import { deadline } from '../util/abort.ts'
import { tryParseJson } from '../util/json.ts'
import { readSegments } from '../util/path_segments.ts'

/** What an object holds that was there already. */
export interface Found {
  /** JSON; undefined when it cannot be read. */
  readonly value: unknown
}

export interface ListedClaim {
  /** Behind the folder and its slash. */
  readonly name: string
  /** When it was written, by the clock of Cloud Storage. */
  readonly updatedAt: number
  /** undefined when values were not asked for, or for what is no JSON. */
  readonly value: unknown
}

const maxCallMs = 30_000
/** As many as a sweep has sets, and tasks with two objects each. */
const maxListed = 30_000

/**
 * Objects below the address in NBTRIGGER_CLAIMS, by which tasks of the job agree about what each of
 * them does. Methods throw CLAIM_FAILED, and the signal's reason when that aborts.
 */
export class ClaimsFolder {
  readonly #root: GcsObject
  readonly #storage: CloudStorage
  readonly #purpose: string

  private constructor(root: GcsObject, storage: CloudStorage, purpose: string) {
    this.#root = root
    this.#storage = storage
    this.#purpose = purpose
  }

  /**
   * null where NBTRIGGER_CLAIMS is not set; `purpose` begins the messages of errors: "Cannot claim the
   * message". Throws ARGUMENTS_INVALID.
   */
  static open(env: Env, purpose: string): ClaimsFolder | null {
    const root = readClaims(env)
    const storage = new CloudStorage(variableOf(env, 'STORAGE_EMULATOR_HOST'))
    return root === null ? null : new ClaimsFolder(root, storage, purpose)
  }

  below(name: string): ClaimsFolder {
    return new ClaimsFolder(this.#object(name), this.#storage, this.#purpose)
  }

  /** Writes an object, if there is none of this name: then it returns null, else what is there. */
  async create(name: string, value: object, signal: AbortSignal): Promise<Found | null> {
    return await this.#call(signal, async (limit) => {
      const object = this.#object(name)
      if (await this.#storage.create(object, uploadOf(value), limit)) return null
      return { value: jsonOf(await this.#storage.read(object, limit)) }
    })
  }

  /** Writes an object in place of what was there. */
  async write(name: string, value: object, signal: AbortSignal): Promise<void> {
    const upload = uploadOf(value)
    await this.#call(signal, (limit) => this.#storage.write(this.#object(name), upload, limit))
  }

  /** What an object holds; null where there is none. */
  async read(name: string, signal: AbortSignal): Promise<Found | null> {
    const text = await this.#call(signal, (limit) => this.#storage.read(this.#object(name), limit))
    return text === null ? null : { value: jsonOf(text) }
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#call(signal, (limit) => this.#storage.delete(this.#object(name), limit))
  }

  /** How many objects have names that begin with `prefix`; no more than `max` are counted. */
  async count(prefix: string, max: number, signal: AbortSignal): Promise<number> {
    const objects = await this.#list(prefix, { max, hasMetadata: false }, signal)
    return objects.length
  }

  /** The objects whose names begin with `prefix`, in their order, and what they hold. */
  async list(prefix: string, signal: AbortSignal): Promise<readonly ListedClaim[]> {
    const objects = await this.#list(prefix, { max: maxListed, hasMetadata: true }, signal)
    const start = this.#object('').path.length
    const claims: ListedClaim[] = []
    for (const object of objects) {
      const name = object.name.slice(start)
      const text = listedText(object)
      const value = text === null ? (await this.read(name, signal))?.value : jsonOf(text)
      claims.push({ name, updatedAt: object.updatedAt, value })
    }
    return claims
  }

  async #list(
    prefix: string,
    { max, hasMetadata }: { readonly max: number; readonly hasMetadata: boolean },
    signal: AbortSignal,
  ) {
    const { bucket, path } = this.#object(prefix)
    const query = { prefix: path, startOffset: '', maxResults: max, hasMetadata }
    return await this.#call(signal, (limit) => this.#storage.list(bucket, query, limit))
  }

  #object(name: string): GcsObject {
    const { bucket, path } = this.#root
    return { bucket, path: path === '' ? name : `${path}/${name}` }
  }

  async #call<Value>(
    signal: AbortSignal,
    call: (limit: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    using limit = deadline(maxCallMs, () => this.#failure(tooSlow, { cause: noAnswer() }), signal)
    try {
      return await call(limit.signal)
    } catch (cause) {
      limit.signal.throwIfAborted()
      const { bucket } = this.#root
      const { what, advice = null } = gcsProblem(cause, {
        bucket,
        verb: 'claim',
        role: 'storage.objectUser',
      })
      throw this.#failure(what, { advice, cause })
    }
  }

  #failure(what: string, options: RunErrorOptions = {}): RunError {
    return new RunError('CLAIM_FAILED', `${this.#purpose} (NBTRIGGER_CLAIMS): ${what}`, options)
  }
}

const tooSlow = `Cloud Storage did not answer within ${maxCallMs / 1000} s`

function uploadOf(value: object) {
  return listedUpload({ bytes: Buffer.from(JSON.stringify(value)), mediaType: 'application/json' })
}

function jsonOf(text: string | null): unknown {
  return text === null ? undefined : tryParseJson(text)
}

/** Throws ARGUMENTS_INVALID. */
function readClaims(env: Env): GcsObject | null {
  const text = variableOf(env, 'NBTRIGGER_CLAIMS')
  if (text === null) return null
  const refuse = (reason: string) =>
    unusable({ value: text, source: 'NBTRIGGER_CLAIMS' }, reason, {
      advice: 'write it as "gs://bucket/prefix"',
    })
  const address = splitGcsText(text)
  if (address === null || !isBucketName(address.bucket)) throw refuse('it names no bucket')
  return { bucket: address.bucket, path: readSegments(address.path ?? '', refuse).join('/') }
}
