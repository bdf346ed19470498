import type { RunError } from '../errors.ts'
import { codeOf, isTransient, noCredentials, tooLarge as tooLargeCode } from '../google/api.ts'
import { CloudStorage, gcsProblem } from '../google/cloud_storage.ts'
import { deadline } from '../util/abort.ts'
import {
  maxSourceBytes,
  maxSourceMs,
  notRead,
  type SourceContext,
  type SourceLocation,
  type SourcedNotebook,
  sourcedNotebook,
  tooLarge,
  tooSlow,
} from './source.ts'

export interface GcsRead extends Pick<SourceContext, 'storageEmulator'> {
  /** Of the notebook, for messages and the report. */
  readonly address: string
}

/** Reads the object; throws NOTEBOOK_NOT_FOUND, NOTEBOOK_INVALID, SOURCE_REFUSED, SOURCE_UNREACHABLE. */
export async function readObject(
  { root, segments, version }: SourceLocation,
  { address, storageEmulator }: GcsRead,
  signal: AbortSignal,
): Promise<SourcedNotebook> {
  const storage = new CloudStorage(storageEmulator)
  const bucket = root.slice('gs://'.length)
  const object = { bucket, path: segments.join('/'), generation: version, maxBytes: maxSourceBytes }
  using limit = deadline(maxSourceMs, () => tooSlow(address), signal)
  const found = await storage.download(object, limit.signal).catch((cause: unknown) => {
    limit.signal.throwIfAborted()
    throw errorOf(cause, bucket, address)
  })
  if (found !== null) {
    return await sourcedNotebook(found.bytes, { url: address, version: found.generation })
  }
  const reason = 'there is no such object, bucket or generation (404)'
  throw notRead('NOTEBOOK_NOT_FOUND', address, reason, { advice: 'check the address' })
}

function errorOf(cause: unknown, bucket: string, address: string): RunError {
  const code = codeOf(cause)
  if (code === tooLargeCode) return tooLarge(address)
  const call = { bucket, verb: 'read', role: 'storage.objectViewer' }
  const { what, advice = null } = gcsProblem(cause, call)
  const isRefused = code === noCredentials || (code.startsWith('4') && !isTransient(cause))
  const problem = isRefused ? 'SOURCE_REFUSED' : 'SOURCE_UNREACHABLE'
  return notRead(problem, address, what, { advice, cause })
}
