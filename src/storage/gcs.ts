import { pipeline } from 'node:stream/promises'
import type { File } from '@google-cloud/storage'
import pRetry from 'p-retry'
import { RunError } from '../errors.ts'
import { gcsProblem, isBucketName, isPassing, openStorage } from '../util/cloud_storage.ts'
import { quoteForError } from '../util/text.ts'
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

/** Larger ones go in a session of their own, which an abort ends at once. */
const maxBytesAtOnce = 8 * 2 ** 20

const role = 'storage.objectUser'

/** Writes the object over what was there. */
export async function saveToGcs(
  object: GcsObject,
  document: Document,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, path } = object
  const purpose = `Cannot save "${addressOf(object)}"`
  const file = (await openStorage({ purpose, code: 'OUTPUT_NOT_SAVED' }, signal))
    .bucket(bucket)
    .file(path)
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
    const { what, advice = null } = gcsProblem(cause, { bucket, verb: 'write', role })
    throw new RunError('OUTPUT_NOT_SAVED', `${purpose}: ${what}`, { advice, cause })
  }
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
