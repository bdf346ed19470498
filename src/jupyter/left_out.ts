import type { KernelMessage } from './messages.ts'
import { partsOf } from './wire_v1.ts'

/**
 * A message that was too long to be read, by its first bytes: Jupyter Server writes the headers
 * before the content.
 */
export function readLeftOut(head: Buffer, bytes: number): KernelMessage {
  const { header, parent } = headersOf(head)
  return {
    type: 'left_out',
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
