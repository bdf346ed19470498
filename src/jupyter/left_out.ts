import type { KernelMessage } from './messages.ts'

/**
 * A message that was too long to be read, by its first bytes: Jupyter Server writes the headers
 * before the content.
 */
export function readLeftOut(head: Buffer, bytes: number): KernelMessage {
  const text = head.toString('latin1')
  const parent = text.indexOf('"parent_header"')
  return {
    type: 'left_out',
    name: field('msg_type', text) ?? '',
    bytes,
    reason: 'size',
    parentId: parent === -1 ? null : field('msg_id', text.slice(parent)),
    session: field('session', text),
    date: field('date', text),
  }
}

function field(name: string, text: string): string | null {
  return new RegExp(`"${name}": ?"([^"\\\\]*)"`).exec(text)?.[1] ?? null
}
