import { isRecord } from './json.ts'
import { listOf, shownText, textOf } from './read_field.ts'

/** What a widget says of itself. */
export interface CommMessage {
  readonly commId: string
  /** Only where it is opened: `jupyter.widget` for widgets. */
  readonly target: string
  /** What changed; null in a message of another kind. */
  readonly state: Readonly<Record<string, unknown>> | null
  readonly buffers: readonly CommBuffer[]
}

/** Bytes that belong at this place in the state. */
export interface CommBuffer {
  readonly path: readonly (string | number)[]
  readonly base64: string
}

/** Reads the content of a comm message and the buffers that came with it. */
export function readComm(
  content: Readonly<Record<string, unknown>>,
  buffers: readonly Buffer[],
): CommMessage {
  const { comm_id, target_name, data } = content
  const { state, buffer_paths } = isRecord(data) ? data : {}
  return {
    commId: shownText(comm_id),
    target: textOf(target_name),
    state: isRecord(state) ? state : null,
    buffers: listOf(buffer_paths).flatMap((path, place) => {
      const bytes = buffers[place]
      return bytes !== undefined && isPath(path) ? { path, base64: bytes.toString('base64') } : []
    }),
  }
}

function isPath(path: unknown): path is readonly (string | number)[] {
  return Array.isArray(path) && path.every((step) => ['string', 'number'].includes(typeof step))
}
