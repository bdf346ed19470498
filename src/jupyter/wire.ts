import { parseJson } from '../exact_json.ts'

/** A message as the server sends it, in its default format (no WebSocket subprotocol). */
export interface Frame {
  readonly json: unknown
  readonly buffers: readonly Buffer[]
}

/**
 * Reads a frame: text is JSON; a binary frame starts with big-endian 32-bit integers, the number of
 * parts and the offset of each, and its first part is the JSON. Throws when it is neither.
 */
export function readFrame(data: Buffer, isBinary: boolean): Frame {
  if (!isBinary) return { json: parseJson(data.toString('utf8')), buffers: [] }
  const count = data.readUInt32BE(0)
  if (count < 1 || 4 * (count + 1) > data.length) throw new RangeError('Cannot read the offsets')
  const offsets = Array.from({ length: count }, (_, part) => data.readUInt32BE(4 * (part + 1)))
  const parts = offsets.map((offset, part) => data.subarray(offset, offsets[part + 1]))
  const [json, ...buffers] = parts
  return { json: parseJson(json?.toString('utf8') ?? ''), buffers }
}
