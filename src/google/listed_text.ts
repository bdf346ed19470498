import { textOf } from '../util/record.ts'
import type { GcsUpload, ListedObject } from './cloud_storage.ts'

/** The metadata of an object that has its whole text. */
const textName = 'text'
/** Cloud Storage keeps 8 KiB of metadata with an object. */
const maxTextBytes = 7_000

/** The upload of a text, which lists give back unless it is too long for that. */
export function listedUpload({ bytes, mediaType }: GcsUpload): GcsUpload {
  if (bytes.length > maxTextBytes) return { bytes, mediaType }
  return { bytes, mediaType, metadata: { [textName]: Buffer.from(bytes).toString() } }
}

/** The text of an object that was written by `listedUpload()`; null where it has to be read for it. */
export function listedText({ metadata }: ListedObject): string | null {
  return textOf(metadata, textName)
}
