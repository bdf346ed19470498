import { isRecord } from '../util/record.ts'
import type { MimeBundle } from './nbformat.ts'
import {
  countOrNull,
  type DisplayId,
  displayIdOrNull,
  isDeeperThan,
  linesOf,
  listOf,
  maxMessageLevels,
  recordOf,
  shownText,
  textOf,
  textOrNull,
} from './read_field.ts'
import { readFrame, readV1 } from './wire.ts'

/** A message of a kernel with its fields flattened; types that no run reads are `other`. */
export type KernelMessage = MessageSource & MessageBody

export type MessageBody =
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
  /** What IPython says about an object, as text. */
  | { readonly type: 'inspect_reply'; readonly text: string }
  | { readonly type: 'input_request' }
  | { readonly type: 'shutdown_reply' }
  | { readonly type: 'reconnected' }
  | { readonly type: 'other'; readonly name: string }
  | { readonly type: 'unreadable'; readonly bytes: number }
  | ({ readonly type: 'oversized' } & OversizedMessage)

interface MessageSource {
  /** The id of the request that the message belongs to; null when it belongs to none. */
  readonly parentId: string | null
  /** The session of the client that sent this request; null when there is none. */
  readonly parentSession: string | null
  /** The session of the kernel process: another one means that the kernel was restarted. */
  readonly session: string | null
  /** When it was sent, in ISO 8601; null when it does not say. */
  readonly date: string | null
}

/** What is known of a message that is too large to be read, or nested too deep to be stored. */
export interface OversizedMessage {
  /** The message's type. */
  readonly name: string
  readonly bytes: number
  readonly reason: 'size' | 'depth'
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
  readonly displayId: DisplayId | null
}

export interface KernelError {
  readonly ename: string
  readonly evalue: string
  readonly traceback: readonly string[]
}

export interface ExecuteReply {
  /** Any other than `ok` is a failure; with `aborted`, the code never ran. */
  readonly status: string
  readonly executionCount: number | null
  readonly error: KernelError
  /**
   * The argument of `exit()` or `quit()`; null when neither was called. IPython passes it on as the
   * payload's `keepkernel`; other kernels may not (IRkernel always says `false`).
   */
  readonly exit: { readonly argument: unknown } | null
  /** The content of the pager, as for `obj?`. */
  readonly page: MimeBundle | null
  /** The values of the user expressions that could be evaluated. */
  readonly expressions: ReadonlyMap<string, Pick<Display, 'data' | 'metadata'>>
}

type Fields = Readonly<Record<string, unknown>>

/** Reads one frame; never throws: a frame that cannot be read is a message of type `unreadable`. */
export function readMessage(data: Buffer, isBinary: boolean, isV1 = false): KernelMessage {
  try {
    const frame = isV1 ? readV1(data) : readFrame(data, isBinary)
    const { json } = frame
    if (isRecord(json) && isRecord(json['header'])) {
      return flatten(json, json['header'], { bytes: data.length, buffers: frame.buffers })
    }
  } catch {
    // only the size of such a frame is known
  }
  return { type: 'unreadable', bytes: data.length, ...unknownSource }
}

const unknownSource: MessageSource = {
  parentId: null,
  parentSession: null,
  session: null,
  date: null,
}

/** The pseudo message for the place where the connection was lost and restored. */
export const reconnected: KernelMessage = { type: 'reconnected', ...unknownSource }

interface FrameParts {
  readonly bytes: number
  readonly buffers: readonly Buffer[]
}

function flatten(message: Fields, header: Fields, { bytes, buffers }: FrameParts): KernelMessage {
  const parent = recordOf(message['parent_header'])
  const name = textOf(header['msg_type'])
  const content = recordOf(message['content'])
  const body = isDeeperThan(maxMessageLevels, content)
    ? { type: 'oversized' as const, name, bytes, reason: 'depth' as const }
    : readContent(name, content, buffers)
  return {
    ...body,
    parentId: textOrNull(parent['msg_id']),
    parentSession: textOrNull(parent['session']),
    session: textOrNull(header['session']),
    date: textOrNull(header['date']),
  }
}

/** Reads the content of a message of this type; a type that no run reads is `other`. */
export function readContent(
  name: string,
  content: Fields,
  buffers: readonly Buffer[] = [],
): MessageBody {
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  return read?.(content, buffers) ?? { type: 'other', name }
}

type Reader = (content: Fields, buffers: readonly Buffer[]) => MessageBody

const readers: Readonly<Record<string, Reader>> = {
  status: (content) => ({ type: 'status', state: textOf(content['execution_state']) }),
  execute_input: (content) => ({
    type: 'execute_input',
    executionCount: countOrNull(content['execution_count']),
  }),
  stream: (content) => ({
    type: 'stream',
    name: content['name'] === 'stderr' ? 'stderr' : 'stdout',
    text: shownText(content['text']),
  }),
  execute_result: (content) => ({
    type: 'execute_result',
    executionCount: countOrNull(content['execution_count']),
    ...displayOf(content),
  }),
  display_data: (content) => ({ type: 'display_data', ...displayOf(content) }),
  update_display_data: (content) => ({ type: 'update_display_data', ...displayOf(content) }),
  error: (content) => ({ type: 'error', ...errorOf(content) }),
  clear_output: (content) => ({ type: 'clear_output', wait: Boolean(content['wait']) }),
  execute_reply: (content) => ({ type: 'execute_reply', ...executeReplyOf(content) }),
  kernel_info_reply: (content) => ({
    type: 'kernel_info_reply',
    implementation: textOf(content['implementation']),
    languageInfo: recordOf(content['language_info']),
  }),
  comm_open: (content, buffers) => ({ type: 'comm_open', ...readComm(content, buffers) }),
  comm_msg: (content, buffers) => ({ type: 'comm_msg', ...readComm(content, buffers) }),
  inspect_reply: (content) => ({
    type: 'inspect_reply',
    text: shownText(recordOf(content['data'])['text/plain']),
  }),
  input_request: () => ({ type: 'input_request' }),
  shutdown_reply: () => ({ type: 'shutdown_reply' }),
}

function displayOf(content: Fields): Display {
  return {
    data: recordOf(content['data']),
    metadata: recordOf(content['metadata']),
    displayId: displayIdOrNull(recordOf(content['transient'])['display_id']),
  }
}

function errorOf(content: Fields): KernelError {
  const traceback = linesOf(content['traceback'])
  return { ename: shownText(content['ename']), evalue: shownText(content['evalue']), traceback }
}

function executeReplyOf(content: Fields): ExecuteReply {
  const payload = listOf(content['payload']).filter(isRecord)
  const page = payload.find((entry) => entry['source'] === 'page')
  const exit = payload.find((entry) => entry['source'] === 'ask_exit')
  const expressions = Object.entries(recordOf(content['user_expressions']))
    .map(([name, value]) => [name, recordOf(value)] as const)
    .filter(([, value]) => value['status'] === 'ok')
    .map(([name, value]) => [name, displayOf(value)] as const)
    .map(([name, { data, metadata }]) => [name, { data, metadata }] as const)
  return {
    status: textOf(content['status']),
    executionCount: countOrNull(content['execution_count']),
    error: errorOf(content),
    exit: exit === undefined ? null : { argument: exit['keepkernel'] ?? null },
    page: page === undefined ? null : recordOf(page['data']),
    expressions: new Map(expressions),
  }
}

/** A message about the state of a widget. */
export interface CommMessage {
  readonly commId: string
  /** Only in `comm_open`: `jupyter.widget` for widgets. */
  readonly target: string
  /** The changed state; null in other messages. */
  readonly state: Readonly<Record<string, unknown>> | null
  readonly buffers: readonly CommBuffer[]
}

/** Binary data of the state, and where in the state it belongs. */
export interface CommBuffer {
  readonly path: readonly (string | number)[]
  readonly base64: string
}

/** Reads the content and the buffers of a comm message. */
function readComm(
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
