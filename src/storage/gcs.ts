import { RunError } from '../errors.ts'
import { CloudStorage, gcsProblem, type GcsObject } from '../google/cloud_storage.ts'
import { checkBucket, splitGcs } from '../google/gcs_address.ts'
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
  parse: (rest, context) =>
    gcsAt(readObject(rest, context), new CloudStorage(context.storageEmulator ?? null)),
}

function gcsAt(object: GcsObject, storage: CloudStorage): Destination {
  const { path } = object
  return {
    address: addressOf(object),
    format: formatOf(path),
    path,
    at: (other) => gcsAt({ ...object, path: other }, storage),
    save: (document, _, signal) => saveToGcs(object, { document, storage }, signal),
  }
}

function addressOf({ bucket, path }: GcsObject): string {
  return `gs://${bucket}/${path}`
}

function readObject(rest: string, { text }: ParseContext): GcsObject {
  const { bucket, path } = splitGcs(rest) ?? { bucket: '', path: null }
  if (path === null) throw invalidOutput(text, 'write it as "gs://bucket/object"')
  checkBucket(bucket, (reason, options) => invalidOutput(text, reason, options))
  return { bucket, path: readPath(path, text).slice(1) }
}

interface GcsTools {
  readonly document: Pick<Document, 'bytes' | 'mediaType'>
  readonly storage: CloudStorage
}

/** Writes the object over what was there; throws OUTPUT_NOT_SAVED. */
export async function saveToGcs(
  object: GcsObject,
  { document, storage }: GcsTools,
  signal: AbortSignal,
): Promise<void> {
  try {
    await storage.write(object, document, signal)
  } catch (cause) {
    signal.throwIfAborted()
    const call = { bucket: object.bucket, verb: 'write', role: 'storage.objectUser' }
    const { what, advice = null } = gcsProblem(cause, call)
    const purpose = `Cannot save "${addressOf(object)}"`
    throw new RunError('OUTPUT_NOT_SAVED', `${purpose}: ${what}`, { advice, cause })
  }
}
