import { posix } from 'node:path'
import type { ErrorFactory } from '../errors.ts'
import { checkBucket, splitGcs } from '../google/gcs_address.ts'
import { readSegments } from '../util/path_segments.ts'
import { invalidSource, type SourceKind, type SourceLocation, sourceElsewhere } from './source.ts'

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
      read: async (signal) => {
        const { readObject } = await import('./gcs_object.ts')
        return await readObject(location, { address, storageEmulator }, signal)
      },
    })
  },
  remote: { locate, below: (prefix, path) => `${prefix}/${path}` },
}

/** The name of an object is taken as it is, but for "." and "..", which nobody means as names. */
function locate(text: string, refuse: ErrorFactory): SourceLocation {
  const address = splitGcs(text.slice('gs:'.length))
  if (address === null) throw refuse('write it as "gs://bucket/object"')
  const { bucket, path } = address
  checkBucket(bucket, refuse)
  const rest = path ?? ''
  const [, object = rest, version = null] = /^(.*)#(\d{1,19})$/s.exec(rest) ?? []
  readSegments(object, refuse)
  return { root: `gs://${bucket}`, segments: object === '' ? [] : object.split('/'), version }
}
