import { randomUUID } from 'node:crypto'
import { jsonText } from '../../src/util/json.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface FakeMessage {
  readonly type: string
  readonly content: Fields
  readonly parent: Fields
  readonly session: string
  readonly channel?: string
}

/** A message as Jupyter Server sends it when no subprotocol was agreed on. */
export function textFrame({ type, content, parent, session, channel }: FakeMessage): string {
  const header = {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username: 'kernel',
    date: new Date().toISOString(),
    version: '5.3',
  }
  return jsonText({
    header,
    msg_id: header.msg_id,
    msg_type: type,
    parent_header: parent,
    metadata: {},
    content,
    buffers: [],
    channel: channel ?? (type.endsWith('_reply') ? 'shell' : 'iopub'),
  })
}

/** The same with binary buffers: the number of parts, the offset of each, the parts. */
export function binaryFrame(message: FakeMessage, buffers: readonly Buffer[]): Buffer {
  const parts = [Buffer.from(textFrame(message)), ...buffers]
  const head = Buffer.alloc(4 * (parts.length + 1))
  head.writeUInt32BE(parts.length, 0)
  let offset = head.length
  for (const [place, part] of parts.entries()) {
    head.writeUInt32BE(offset, 4 * (place + 1))
    offset += part.length
  }
  return Buffer.concat([head, ...parts])
}
