import { readComm } from './comm.ts'
import { isRecord } from './json.ts'
import type {
  Display,
  ExecuteReply,
  KernelError,
  KernelMessage,
  MessageBody,
  MessageSource,
} from './messages.ts'
import { isDeeperThan, mostMessageLevels } from './nesting.ts'
import {
  countOrNull,
  displayIdOrNull,
  linesOf,
  listOf,
  recordOf,
  shownText,
  textOf,
  textOrNull,
} from './read_field.ts'
import { readFrame } from './wire.ts'
import { readV1 } from './wire_v1.ts'

type Fields = Readonly<Record<string, unknown>>

/** Reads one frame; whatever cannot be read is a message of type `unreadable`, never an exception. */
export function readMessage(data: Buffer, isBinary: boolean, isV1 = false): KernelMessage {
  try {
    const frame = isV1 ? readV1(data) : readFrame(data, isBinary)
    const { json } = frame
    if (isRecord(json) && isRecord(json['header'])) {
      return flatten(json, json['header'], { bytes: data.length, buffers: frame.buffers })
    }
  } catch {
    // falls through: the size is all that may be said about it
  }
  return { type: 'unreadable', bytes: data.length, ...unknownSource }
}

const unknownSource: MessageSource = {
  parentId: null,
  parentSession: null,
  session: null,
  date: null,
}

/** The pseudo message that stands where the connection was lost and found again. */
export const reconnected: KernelMessage = { type: 'reconnected', ...unknownSource }

interface Rest {
  readonly bytes: number
  readonly buffers: readonly Buffer[]
}

function flatten(message: Fields, header: Fields, { bytes, buffers }: Rest): KernelMessage {
  const parent = recordOf(message['parent_header'])
  const name = textOf(header['msg_type'])
  const content = recordOf(message['content'])
  const body = isDeeperThan(mostMessageLevels, content)
    ? { type: 'left_out' as const, name, bytes, reason: 'depth' as const }
    : readContent(name, content, buffers)
  return {
    ...body,
    parentId: textOrNull(parent['msg_id']),
    parentSession: textOrNull(parent['session']),
    session: textOrNull(header['session']),
    date: textOrNull(header['date']),
  }
}

/** Reads the content of a message of this type; a type that no run listens to is `other`. */
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
