import type { Readable } from 'node:stream'
import { maxSourceBytes, tooLarge } from './source.ts'

/** All bytes of a stream; throws NOTEBOOK_INVALID, and closes it, when they are too many. */
export async function readLimited(stream: Readable, address: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxSourceBytes) throw tooLarge(address)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
