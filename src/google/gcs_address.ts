import { isIPv4 } from 'node:net'
import type { ErrorFactory } from '../errors.ts'
import { quoteForError } from '../util/text.ts'

export interface GcsAddress {
  readonly bucket: string
  /** What stands behind the bucket and its slash; null without that slash. */
  readonly path: string | null
}

/** Splits what stands behind "gs:", "//bucket/path"; null where it is not written like that. */
export function splitGcs(rest: string): GcsAddress | null {
  const [, bucket, path = null] = /^\/\/([^/]*)(?:\/(.*))?$/s.exec(rest) ?? []
  return bucket === undefined ? null : { bucket, path }
}

/** Splits "gs://bucket/path"; null for what is not written like that. */
export function splitGcsText(text: string): GcsAddress | null {
  return text.startsWith('gs:') ? splitGcs(text.slice('gs:'.length)) : null
}

/** Throws what `refuse` makes of it for a name that no bucket can have. */
export function checkBucket(name: string, refuse: ErrorFactory): void {
  if (!isBucketName(name)) throw refuse(`no bucket can have the name ${quoteForError(name)}`)
}

/** A bucket's name may be a domain; this is one part of it. */
const bucketPart = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/

export function isBucketName(name: string): boolean {
  const hasLength = name.length >= 3 && name.length <= 222
  const isReserved = name.startsWith('goog') || isIPv4(name)
  return hasLength && !isReserved && name.split('.').every((part) => bucketPart.test(part))
}
