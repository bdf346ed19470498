import { textFrame, type FakeMessage } from './fake_frame.ts'

/** A message as Jupyter Server sends it in the protocol v1: offsets, channel, headers, content. */
export function v1Frame(message: FakeMessage, buffers: readonly Buffer[] = []): Buffer {
  const { channel, header, parent_header, metadata, content } = JSON.parse(textFrame(message))
  const json = [header, parent_header, metadata, content].map((part) => JSON.stringify(part))
  const parts = [...[channel, ...json].map((text) => Buffer.from(String(text))), ...buffers]
  const head = Buffer.alloc(8 * (parts.length + 2))
  head.writeBigUInt64LE(BigInt(parts.length + 1), 0)
  let offset = head.length
  for (const [place, part] of parts.entries()) {
    head.writeBigUInt64LE(BigInt(offset), 8 * (place + 1))
    offset += part.length
  }
  head.writeBigUInt64LE(BigInt(offset), 8 * (parts.length + 1))
  return Buffer.concat([head, ...parts])
}
