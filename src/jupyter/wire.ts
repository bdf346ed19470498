import { RunError } from '../errors.ts'
import { parseJson } from '../util/json.ts'

/** A message as the server sends it, in its default format (no WebSocket subprotocol). */
interface Frame {
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

/** The WebSocket subprotocol in which a server passes the kernel's messages on without parsing them. */
export const subprotocol = 'v1.kernel.websocket.jupyter.org'

const integerBytes = 8
const minOffsets = 6

/**
 * The parts of a frame of that subprotocol, which begins with the number of offsets and the offsets,
 * as little-endian 64-bit integers; null when it is not one.
 */
export function partsOf(data: Buffer): readonly Buffer[] | null {
  const integer = (place: number) => Number(data.readBigUInt64LE(integerBytes * place))
  const count = data.length < integerBytes ? 0 : integer(0)
  if (count < minOffsets || integerBytes * (count + 1) > data.length) return null
  const offsets = Array.from({ length: count }, (_, place) => integer(place + 1))
  return offsets.slice(0, -1).map((offset, place) => data.subarray(offset, offsets[place + 1]))
}

/** Reads the headers, the content and the buffers; channel and metadata are not parsed. */
export function readV1(data: Buffer): Frame {
  const parts = partsOf(data)
  if (parts === null) throw new RangeError('Cannot read the offsets')
  const [, header, parent, , content, ...buffers] = parts
  const json = { header: read(header), parent_header: read(parent), content: read(content) }
  return { json, buffers }
}

function read(part: Buffer | undefined): unknown {
  return parseJson(part?.toString('utf8') ?? '')
}

const channels = ['shell', 'control']
/** What stands in a client message before its header, parent header, metadata and content. */
const marksOf = (channel: string) => [
  `{"channel":"${channel}","header":`,
  ',"parent_header":',
  ',"metadata":',
  ',"content":',
]
const end = ',"buffers":[]}'

/** Cuts the JSON of a client message into the parts of a frame, without parsing it. */
export function writeV1(text: string): Buffer {
  const channel = channels.find((name) => text.startsWith(`{"channel":"${name}"`)) ?? ''
  let from = 0
  const starts = marksOf(channel).map((mark) => {
    const at = text.indexOf(mark, from)
    if (at === -1) throw new RunError('INTERNAL', 'Cannot cut a message into its parts')
    from = at + mark.length
    return { before: at, after: from }
  })
  const ends = [...starts.slice(1).map(({ before }) => before), text.length - end.length]
  const json = starts.map(({ after }, place) => text.slice(after, ends[place]))
  const parts = [channel, ...json].map((part) => Buffer.from(part))
  return Buffer.concat([offsetsOf(parts), ...parts])
}

function offsetsOf(parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(integerBytes * (parts.length + 2))
  head.writeBigUInt64LE(BigInt(parts.length + 1), 0)
  let offset = head.length
  for (const [place, length] of [...parts.map((part) => part.length), 0].entries()) {
    head.writeBigUInt64LE(BigInt(offset), integerBytes * (place + 1))
    offset += length
  }
  return head
}
