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
  if (!isBinary) return { json: parseLeniently(data.toString('utf8')), buffers: [] }
  const count = data.readUInt32BE(0)
  if (count < 1 || 4 * (count + 1) > data.length) throw new RangeError('Cannot read the offsets')
  const offsets = Array.from({ length: count }, (_, part) => data.readUInt32BE(4 * (part + 1)))
  const parts = offsets.map((offset, part) => data.subarray(offset, offsets[part + 1]))
  const [json, ...buffers] = parts
  return { json: parseLeniently(json?.toString('utf8') ?? ''), buffers }
}

// A JSON string, or one of the numbers that Python writes and JSON does not have.
const stringOrNonNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b/gs

/** JSON, or JSON with the bare NaN and Infinity of some kernels, which become null. */
function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const strict = text.replace(stringOrNonNumber, (found) => (found[0] === '"' ? found : 'null'))
    return JSON.parse(strict)
  }
}
