import { randomUUID } from 'node:crypto'
import { readComm, type CommMessage } from './comm.ts'
import { isRecord } from './json.ts'
import type { MimeBundle } from './notebook.ts'
import { readFrame } from './wire.ts'

/** What a kernel says, flat, as far as a run listens; everything else is `other`. */
export type KernelMessage = Common &
  (
    | { readonly type: 'status'; readonly state: string }
    | { readonly type: 'execute_input'; readonly executionCount: number | null }
    | { readonly type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
    | ({ readonly type: 'execute_result'; readonly executionCount: number | null } & Display)
    | ({ readonly type: 'display_data' } & Display)
    | ({ readonly type: 'update_display_data' } & Display)
    | ({ readonly type: 'error' } & KernelError)
    | { readonly type: 'clear_output'; readonly wait: boolean }
    | ({ readonly type: 'execute_reply' } & ExecuteReply)
    | ({ readonly type: 'kernel_info_reply' } & KernelInfo)
    | ({ readonly type: 'comm_open' | 'comm_msg' } & CommMessage)
    | { readonly type: 'input_request' }
    | { readonly type: 'shutdown_reply' }
    | { readonly type: 'reconnected' }
    | { readonly type: 'other'; readonly name: string }
    | { readonly type: 'unreadable'; readonly bytes: number }
    | { readonly type: 'left_out'; readonly name: string; readonly bytes: number }
  )

interface Common {
  /** The id of our request that this answers; null when it answers none of anybody's. */
  readonly parentId: string | null
  /** The kernel process that said it: another one means that the kernel was restarted. */
  readonly session: string | null
  /** When it was said, in ISO 8601; null when it does not say. */
  readonly date: string | null
}

export interface KernelInfo {
  /** "ipython" for Python. */
  readonly implementation: string
  /** What a notebook's metadata hold as `language_info`. */
  readonly languageInfo: Readonly<Record<string, unknown>>
}

export interface Display {
  readonly data: MimeBundle
  readonly metadata: Readonly<Record<string, unknown>>
  readonly displayId: string | null
}

export interface KernelError {
  readonly ename: string
  readonly evalue: string
  readonly traceback: readonly string[]
}

export interface ExecuteReply {
  /** Anything but `ok` is a failure; `aborted` never ran. */
  readonly status: string
  readonly executionCount: number | null
  readonly error: KernelError
  /** `exit()` or `quit()` was called: the kernel ends before long. */
  readonly asksExit: boolean
  /** The text that a pager would show, as for `obj?`. */
  readonly page: MimeBundle | null
  /** The value of each user expression that could be computed. */
  readonly expressions: ReadonlyMap<string, Pick<Display, 'data' | 'metadata'>>
}

export interface ExecuteOptions {
  readonly stopOnError: boolean
  readonly silent?: boolean
  readonly expressions?: Readonly<Record<string, string>>
}

type Fields = Readonly<Record<string, unknown>>
type Body<Message> = Message extends unknown ? Omit<Message, keyof Common> : never

/** Reads one frame; whatever cannot be read is a message of type `unreadable`, never an exception. */
export function readMessage(data: Buffer, isBinary: boolean): KernelMessage {
  try {
    const { json, buffers } = readFrame(data, isBinary)
    if (isRecord(json) && isRecord(json['header'])) return flatten(json, json['header'], buffers)
  } catch {
    // falls through: the size is all that may be said about it
  }
  return { type: 'unreadable', bytes: data.length, ...unknownSource }
}

const unknownSource: Common = { parentId: null, session: null, date: null }

/** The pseudo message that stands where the connection was lost and found again. */
export const reconnected: KernelMessage = { type: 'reconnected', ...unknownSource }

function flatten(message: Fields, header: Fields, buffers: readonly Buffer[]): KernelMessage {
  const parent = recordOf(message['parent_header'])
  const name = textOf(header['msg_type'])
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  const content = recordOf(message['content'])
  const body = read?.(content, buffers) ?? { type: 'other' as const, name }
  return {
    ...body,
    parentId: textOrNull(parent['msg_id']),
    session: textOrNull(header['session']),
    date: textOrNull(header['date']),
  }
}

type Reader = (content: Fields, buffers: readonly Buffer[]) => Body<KernelMessage>

const readers: Readonly<Record<string, Reader>> = {
  status: (content) => ({ type: 'status', state: textOf(content['execution_state']) }),
  execute_input: (content) => ({
    type: 'execute_input',
    executionCount: countOrNull(content['execution_count']),
  }),
  stream: (content) => ({
    type: 'stream',
    name: content['name'] === 'stderr' ? 'stderr' : 'stdout',
    text: textOf(content['text']),
  }),
  execute_result: (content) => ({
    type: 'execute_result',
    executionCount: countOrNull(content['execution_count']),
    ...displayOf(content),
  }),
  display_data: (content) => ({ type: 'display_data', ...displayOf(content) }),
  update_display_data: (content) => ({ type: 'update_display_data', ...displayOf(content) }),
  error: (content) => ({ type: 'error', ...errorOf(content) }),
  clear_output: (content) => ({ type: 'clear_output', wait: content['wait'] === true }),
  execute_reply: (content) => ({ type: 'execute_reply', ...executeReplyOf(content) }),
  kernel_info_reply: (content) => ({
    type: 'kernel_info_reply',
    implementation: textOf(content['implementation']),
    languageInfo: recordOf(content['language_info']),
  }),
  comm_open: (content, buffers) => ({ type: 'comm_open', ...readComm(content, buffers) }),
  comm_msg: (content, buffers) => ({ type: 'comm_msg', ...readComm(content, buffers) }),
  input_request: () => ({ type: 'input_request' }),
  shutdown_reply: () => ({ type: 'shutdown_reply' }),
}

function displayOf(content: Fields): Display {
  return {
    data: recordOf(content['data']),
    metadata: recordOf(content['metadata']),
    displayId: textOrNull(recordOf(content['transient'])['display_id']),
  }
}

function errorOf(content: Fields): KernelError {
  const traceback = listOf(content['traceback']).filter((line) => typeof line === 'string')
  return { ename: textOf(content['ename']), evalue: textOf(content['evalue']), traceback }
}

function executeReplyOf(content: Fields): ExecuteReply {
  const payload = listOf(content['payload']).filter(isRecord)
  const page = payload.find((entry) => entry['source'] === 'page')
  const expressions = Object.entries(recordOf(content['user_expressions']))
    .map(([name, value]) => [name, recordOf(value)] as const)
    .filter(([, value]) => value['status'] === 'ok')
    .map(([name, value]) => [name, displayOf(value)] as const)
    .map(([name, { data, metadata }]) => [name, { data, metadata }] as const)
  return {
    status: textOf(content['status']),
    executionCount: countOrNull(content['execution_count']),
    error: errorOf(content),
    asksExit: payload.some((entry) => entry['source'] === 'ask_exit'),
    page: page === undefined ? null : recordOf(page['data']),
    expressions: new Map(expressions),
  }
}

/** A request to the kernel as text for the socket, and the id that its answers will name. */
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
  return clientMessage('execute_request', sessionId, {
    code,
    silent,
    store_history: !silent,
    user_expressions: options.expressions ?? {},
    allow_stdin: false,
    stop_on_error: options.stopOnError,
  })
}

export function kernelInfoRequest(sessionId: string): ClientMessage {
  return clientMessage('kernel_info_request', sessionId, {})
}

/** Sets what the kernel holds of a widget's state, as a front end does. */
export function commUpdate(commId: string, state: Fields, sessionId: string): ClientMessage {
  const data = { method: 'update', state, buffer_paths: [] }
  return clientMessage('comm_msg', sessionId, { comm_id: commId, data })
}

function clientMessage(type: string, session: string, content: Fields): ClientMessage {
  const id = randomUUID()
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
  return { id, text: JSON.stringify({ channel: 'shell', header, ...rest }) }
}

function recordOf(value: unknown): Fields {
  return isRecord(value) ? value : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function countOrNull(value: unknown): number | null {
  return Number.isInteger(value) && Number(value) >= 0 ? Number(value) : null
}
