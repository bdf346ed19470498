import { posix } from 'node:path'
import type { Refuse, RunError } from '../errors.ts'
import { codeOf, isPassing, noCredentials, tooLarge as tooLargeCode } from '../google/api.ts'
import { CloudStorage, gcsProblem } from '../google/cloud_storage.ts'
import { checkBucket, splitGcs } from '../google/gcs_address.ts'
import { deadline } from '../util/abort.ts'
import { readSegments } from '../util/path_segments.ts'
import {
  invalidSource,
  maxSourceBytes,
  maxSourceMs,
  notRead,
  type SourceKind,
  type SourceLocation,
  type SourcedNotebook,
  sourcedNotebook,
  sourceElsewhere,
  tooLarge,
  tooSlow,
} from './source.ts'

/** An object of Cloud Storage: "gs://bucket/object", with "#GENERATION" behind it for one version. */
export const gcsSource: SourceKind = {
  example: 'gs://bucket/object',
  isOne: (address) => /^gs:/i.test(address),
  parse: (text, { storageEmulator }) => {
    const location = locate(text, (reason, options) => invalidSource(text, reason, options))
    const { root, segments, version } = location
    if (segments.length === 0) throw invalidSource(text, 'it names no object')
    const object = `${root}/${segments.join('/')}`
    const address = version === null ? object : `${object}#${version}`
    return sourceElsewhere({
      address,
      name: posix.basename(object, '.ipynb'),
      location,
      ownDestination: object,
      read: (signal) =>
        readObject(location, { address, storage: new CloudStorage(storageEmulator) }, signal),
    })
  },
  remote: { locate, below: (prefix, path) => `${prefix}/${path}` },
}

/** The name of an object is taken as it is, but for "." and "..", which nobody means as names. */
function locate(text: string, refuse: Refuse): SourceLocation {
  const address = splitGcs(text.slice('gs:'.length))
  if (address === null) throw refuse('write it as "gs://bucket/object"')
  const { bucket, path } = address
  checkBucket(bucket, refuse)
  const rest = path ?? ''
  const [, object = rest, version = null] = /^(.*)#(\d{1,19})$/s.exec(rest) ?? []
  readSegments(object, refuse)
  return { root: `gs://${bucket}`, segments: object === '' ? [] : object.split('/'), version }
}

interface GcsRead {
  readonly address: string
  readonly storage: CloudStorage
}

async function readObject(
  { root, segments, version }: SourceLocation,
  { address, storage }: GcsRead,
  signal: AbortSignal,
): Promise<SourcedNotebook> {
  const bucket = root.slice('gs://'.length)
  const object = { bucket, path: segments.join('/'), generation: version, maxBytes: maxSourceBytes }
  using limit = deadline(maxSourceMs, () => tooSlow(address), signal)
  const found = await storage.download(object, limit.signal).catch((cause: unknown) => {
    limit.signal.throwIfAborted()
    throw errorOf(cause, bucket, address)
  })
  if (found !== null) {
    return sourcedNotebook(found.bytes, { url: address, version: found.generation })
  }
  const reason = 'there is no such object, bucket or generation (404)'
  throw notRead('NOTEBOOK_NOT_FOUND', address, reason, { advice: 'check the address' })
}

function errorOf(cause: unknown, bucket: string, address: string): RunError {
  const code = codeOf(cause)
  if (code === tooLargeCode) return tooLarge(address)
  const call = { bucket, verb: 'read', role: 'storage.objectViewer' }
  const { what, advice = null } = gcsProblem(cause, call)
  const isRefused = code === noCredentials || (code.startsWith('4') && !isPassing(cause))
  const problem = isRefused ? 'SOURCE_REFUSED' : 'SOURCE_UNREACHABLE'
  return notRead(problem, address, what, { advice, cause })
}
