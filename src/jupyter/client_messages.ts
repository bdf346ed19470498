import { randomUUID } from 'node:crypto'
import { jsonText } from '../util/json.ts'

export interface ExecuteOptions {
  /** Whether the requests that wait behind this one are aborted when it fails. */
  readonly stopOnError: boolean
  /** Produces no output, and is not added to the history. */
  readonly silent?: boolean
  /** Expressions whose values come with the reply, by names that the caller chooses. */
  readonly userExpressions?: Readonly<Record<string, string>>
  /** Of the request; else a new one. */
  readonly id?: string
}

type Fields = Readonly<Record<string, unknown>>

/** A request to the kernel: its id, which replies and outputs name, and its JSON. */
export interface ClientMessage {
  readonly id: string
  readonly text: string
}

export function executeRequest(
  code: string,
  options: ExecuteOptions,
  sessionId: string,
): ClientMessage {
  const silent = options.silent ?? false
  const content = {
    code,
    silent,
    store_history: !silent,
    user_expressions: options.userExpressions ?? {},
    allow_stdin: false,
    stop_on_error: options.stopOnError,
  }
  return clientMessage('execute_request', sessionId, content, { id: options.id })
}

/** Kernels with a control channel reply on it even while a cell runs. */
export function kernelInfoRequest(
  sessionId: string,
  channel: 'shell' | 'control' = 'shell',
): ClientMessage {
  return clientMessage('kernel_info_request', sessionId, {}, { channel })
}

/** Inspects the object of a dotted name, as `name?` does, without running code. */
export function inspectRequest(name: string, sessionId: string): ClientMessage {
  const content = { code: name, cursor_pos: name.length, detail_level: 0 }
  return clientMessage('inspect_request', sessionId, content)
}

/** Updates the kernel's state of a widget, as a front end does. */
export function commUpdate(commId: string, state: Fields, sessionId: string): ClientMessage {
  const data = { method: 'update', state, buffer_paths: [] }
  return clientMessage('comm_msg', sessionId, { comm_id: commId, data })
}

interface MessageOptions {
  readonly channel?: 'shell' | 'control'
  readonly id?: string | undefined
}

function clientMessage(
  type: string,
  session: string,
  content: Fields,
  { channel = 'shell', id = randomUUID() }: MessageOptions = {},
): ClientMessage {
  const date = new Date().toISOString()
  const header = {
    msg_id: id,
    msg_type: type,
    session,
    username: 'nbtrigger',
    date,
    version: '5.3',
  }
  const rest = { parent_header: {}, metadata: {}, content, buffers: [] }
  return { id, text: jsonText({ channel, header, ...rest }) }
}
