import type { KernelMessage } from './messages.ts'
import { partsOf } from './wire.ts'

const headBytes = 4096
const handshakeEnd = '\r\n\r\n'
const maxHandshakeBytes = 64 * 1024

/** Called for each message that was dropped, with its first bytes and its size. */
export type OnOversized = (head: Buffer, bytes: number) => void

/**
 * Filters the bytes that a WebSocket server sends, from the handshake on: messages of more than
 * `maxBytes` are dropped without being held in memory; everything else passes unchanged.
 */
export class OversizeMessageFilter {
  readonly #maxBytes: number
  readonly #onOversized: OnOversized
  #stage: 'handshake' | 'frames' | 'unfiltered' = 'handshake'
  /** Bytes that cannot be read before more come. */
  #rest: Buffer = Buffer.alloc(0)
  #passBytes = 0
  #dropBytes = 0
  #dropped = { bytes: 0, head: Buffer.alloc(0) }

  constructor(maxBytes: number, onOversized: OnOversized) {
    this.#maxBytes = maxBytes
    this.#onOversized = onOversized
  }

  /** Takes the next bytes from the network and returns those that pass. */
  write(bytes: Buffer): Buffer[] {
    const parts: Buffer[] = []
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    for (let taken = -1; rest.length > 0 && taken !== 0; rest = rest.subarray(taken)) {
      taken = this.#take(rest, parts)
    }
    this.#rest = rest
    return parts
  }

  /** The bytes that are still held, when no more come. */
  end(): Buffer {
    return this.#rest
  }

  /** Processes bytes from the beginning; returns how many, 0 when it needs more of them. */
  #take(bytes: Buffer, parts: Buffer[]): number {
    if (this.#stage === 'handshake') this.#readHandshake(bytes)
    if (this.#stage === 'handshake') return 0
    if (this.#stage === 'unfiltered') this.#passBytes = bytes.length
    if (this.#passBytes > 0) return this.#pass(bytes, parts)
    return this.#dropBytes > 0 ? this.#drop(bytes) : this.#readFrame(bytes, parts)
  }

  #readHandshake(bytes: Buffer): void {
    const end = bytes.indexOf(handshakeEnd)
    if (end === -1 && bytes.length < maxHandshakeBytes) return
    const isAccepted = end !== -1 && bytes.toString('latin1', 0, 12) === 'HTTP/1.1 101'
    this.#stage = isAccepted ? 'frames' : 'unfiltered'
    this.#passBytes = end + handshakeEnd.length
  }

  #pass(bytes: Buffer, parts: Buffer[]): number {
    const part = bytes.subarray(0, this.#passBytes)
    this.#passBytes -= part.length
    parts.push(part)
    return part.length
  }

  #drop(bytes: Buffer): number {
    const part = bytes.subarray(0, this.#dropBytes)
    const { head, bytes: size } = this.#dropped
    const missing = headBytes - head.length
    if (missing > 0) this.#dropped.head = Buffer.concat([head, part.subarray(0, missing)])
    this.#dropBytes -= part.length
    if (this.#dropBytes === 0) this.#onOversized(this.#dropped.head, size)
    return part.length
  }

  /** RFC 6455, 5.2: two bytes, then as many as the length needs; a server masks nothing. */
  #readFrame(bytes: Buffer, parts: Buffer[]): number {
    const [first = 0, second = 0] = bytes
    const header = 2 + (second === 127 ? 8 : second === 126 ? 2 : 0)
    if (bytes.length < header) return 0
    const size =
      header === 10
        ? Number(bytes.readBigUInt64BE(2))
        : header === 4
          ? bytes.readUInt16BE(2)
          : second
    const isMessage = first === 0x81 || first === 0x82 // unfragmented, text or binary
    if (isMessage && second <= 127 && size > this.#maxBytes) {
      this.#dropBytes = size
      this.#dropped = { bytes: size, head: Buffer.alloc(0) }
      return header
    }
    if (second > 127) this.#stage = 'unfiltered'
    this.#passBytes = second > 127 ? bytes.length : header + size
    return this.#pass(bytes, parts)
  }
}

/**
 * What the first bytes of a dropped message tell: Jupyter Server writes the headers before the
 * content.
 */
export function readOversized(head: Buffer, bytes: number): KernelMessage {
  const { header, parent } = headersOf(head)
  return {
    type: 'oversized',
    name: field('msg_type', header) ?? '',
    bytes,
    reason: 'size',
    parentId: field('msg_id', parent),
    parentSession: field('session', parent),
    session: field('session', header),
    date: field('date', header),
  }
}

interface Headers {
  readonly header: string
  readonly parent: string
}

function headersOf(head: Buffer): Headers {
  const parts = partsOf(head)
  if (parts !== null) {
    const [, header = '', parent = ''] = parts.map((part) => part.toString('latin1'))
    return { header, parent }
  }
  const text = head.toString('latin1')
  const parent = text.indexOf('"parent_header"')
  return { header: text, parent: parent === -1 ? '' : text.slice(parent) }
}

function field(name: string, text: string): string | null {
  return new RegExp(`"${name}": ?"([^"\\\\]*)"`).exec(text)?.[1] ?? null
}
