import { isIPv4 } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { File, Storage } from '@google-cloud/storage'
import pRetry from 'p-retry'
import { type Reason, RunError } from '../errors.ts'
import { abortable } from '../util/abort.ts'
import { isRecord } from '../util/record.ts'
import { cutText, plainText, quoteForError } from '../util/text.ts'
import {
  type Destination,
  type DestinationKind,
  formatOf,
  invalidOutput,
  type ParseContext,
  readPath,
} from './destination.ts'
import type { Document } from './serialise.ts'

/** An object of Cloud Storage. */
export const gcsDestination: DestinationKind = {
  scheme: 'gs',
  example: 'gs://bucket/object',
  parse: (rest, context) => gcsAt(readObject(rest, context)),
}

export interface GcsObject {
  readonly bucket: string
  /** The object's name. */
  readonly path: string
}

function gcsAt(object: GcsObject): Destination {
  const { path } = object
  return {
    address: addressOf(object),
    format: formatOf(path),
    path,
    at: (other) => gcsAt({ ...object, path: other }),
    save: (document, _, signal) => saveToGcs(object, document, signal),
  }
}

function addressOf({ bucket, path }: GcsObject): string {
  return `gs://${bucket}/${path}`
}

function readObject(rest: string, { text }: ParseContext): GcsObject {
  const [, bucket, object] = /^\/\/([^/]*)\/(.*)$/s.exec(rest) ?? []
  if (bucket === undefined || object === undefined) {
    throw invalidOutput(text, 'write it as "gs://bucket/object"')
  }
  if (!isBucketName(bucket)) {
    throw invalidOutput(text, `no bucket can have the name ${quoteForError(bucket)}`)
  }
  return { bucket, path: readPath(object, text).slice(1) }
}

/** A bucket's name may be a domain; this is one part of it. */
const bucketPart = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/

export function isBucketName(name: string): boolean {
  const hasLength = name.length >= 3 && name.length <= 222
  const isReserved = name.startsWith('goog') || isIPv4(name)
  return hasLength && !isReserved && name.split('.').every((part) => bucketPart.test(part))
}

/** Larger ones go in a session of their own, which an abort ends at once. */
const maxBytesAtOnce = 8 * 2 ** 20

/** Writes the object over what was there. */
export async function saveToGcs(
  object: GcsObject,
  document: Document,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, path } = object
  const purpose = `Cannot save "${addressOf(object)}"`
  const file = (await openStorage(purpose, signal)).bucket(bucket).file(path)
  try {
    await pRetry(() => upload(file, document, signal), {
      retries: 5,
      minTimeout: 1_000,
      maxTimeout: 8_000,
      randomize: true,
      shouldRetry: ({ error }) => isPassing(error),
      signal,
    })
  } catch (cause) {
    signal.throwIfAborted()
    const { what, advice = null } = gcsProblem(cause, bucket, 'write')
    throw new RunError('OUTPUT_NOT_SAVED', `${purpose}: ${what}`, { advice, cause })
  }
}

/** The library is loaded when it is needed; its own retries are off, for they cannot be stopped. */
export async function openStorage(purpose: string, signal: AbortSignal): Promise<Storage> {
  const { Storage } = await import('@google-cloud/storage')
  const storage = new Storage({ retryOptions: { autoRetry: false } })
  if (storage.customEndpoint) return storage // the emulator's, which asks for no credentials
  try {
    await abortable(storage.authClient.getAccessToken(), signal)
  } catch (cause) {
    signal.throwIfAborted()
    const advice =
      'run "gcloud auth application-default login", or name a key in GOOGLE_APPLICATION_CREDENTIALS'
    const what = `${purpose}: there are no Google Cloud credentials that work`
    throw new RunError('OUTPUT_NOT_SAVED', what, { advice, cause })
  }
  return storage
}

async function upload(
  file: File,
  { bytes, mediaType }: Document,
  signal: AbortSignal,
): Promise<void> {
  const stream = file.createWriteStream({
    contentType: mediaType,
    resumable: bytes.length > maxBytesAtOnce,
    validation: 'md5',
    timeout: 60_000,
  })
  await pipeline([bytes], stream, { signal })
}

/** 429: this write came less than a second after the last one to the same object. */
const passing = new Set('408 429 500 502 503 504 ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN'.split(' '))

const maxText = 300

/** Whether the same call may go well a little later. */
export function isPassing(error: unknown): boolean {
  return passing.has(codeOf(error))
}

/** `verb` says what was tried: "write". */
export function gcsProblem(error: unknown, bucket: string, verb: string): Reason {
  const code = codeOf(error)
  switch (code) {
    case '401':
    case '403':
      return {
        what: `Cloud Storage refuses the ${verb} (${code})`,
        advice: `the caller needs the role storage.objectUser on the bucket "${bucket}"`,
      }
    case '404':
      return { what: `there is no bucket "${bucket}" (404)`, advice: 'make it or name another one' }
    default:
      return { what: `${code === '' ? '' : `Cloud Storage fails with ${code}: `}${textOf(error)}` }
  }
}

export function codeOf(error: unknown): string {
  const code = isRecord(error) ? (error['code'] ?? error['status']) : null
  return typeof code === 'number' || typeof code === 'string' ? String(code) : ''
}

function textOf(error: unknown): string {
  const text = isRecord(error) ? String(error['message']) : String(error)
  return cutText(plainText(text).replaceAll(/\s+/g, ' ').trim(), maxText)
}
