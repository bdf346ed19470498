import { type KernelMessage, readMessage } from '../../src/jupyter/messages.ts'
import { binaryFrame, type Fields, textFrame } from './fake_frame.ts'

/** The kernel's message in answer to a request, read as a run reads it. */
export function messageOf(type: string, content: Fields, request = 'r-0'): KernelMessage {
  return readMessage(Buffer.from(textFrame(frameOf(type, content, request))), false)
}

/** The same with bytes behind it. */
export function binaryMessageOf(
  type: string,
  content: Fields,
  buffers: readonly Buffer[],
): KernelMessage {
  return readMessage(binaryFrame(frameOf(type, content, 'r-0'), buffers), true)
}

function frameOf(type: string, content: Fields, request: string) {
  return { type, content, parent: { msg_id: request }, session: 's' }
}

export const textData = (text: string) => ({ 'text/plain': text })

export function print(text: string, name = 'stdout', request = 'r-0'): KernelMessage {
  return messageOf('stream', { name, text }, request)
}

export function display(text: string, id?: string, request = 'r-0'): KernelMessage {
  const content = { data: textData(text), metadata: {}, transient: { display_id: id } }
  return messageOf('display_data', content, request)
}

export function update(text: string, id: string, request = 'r-0'): KernelMessage {
  const content = { data: textData(text), metadata: { new: text }, transient: { display_id: id } }
  return messageOf('update_display_data', content, request)
}

export function result(text: string, execution_count = 1, request = 'r-0'): KernelMessage {
  const content = { data: textData(text), metadata: {}, execution_count }
  return messageOf('execute_result', content, request)
}

export function clear(wait: boolean, request = 'r-0'): KernelMessage {
  return messageOf('clear_output', { wait }, request)
}

export const raised = messageOf('error', { ename: 'E', evalue: 'v', traceback: ['t'] })

/** Opens a widget, or changes its state. */
export function comm(
  type: 'comm_open' | 'comm_msg',
  commId: string,
  state: Fields,
  request = 'r-0',
): KernelMessage {
  const target = type === 'comm_open' ? { target_name: 'jupyter.widget' } : {}
  return messageOf(type, { comm_id: commId, ...target, data: { method: 'update', state } }, request)
}

export const outputModel = {
  _model_module: '@jupyter-widgets/output',
  _model_name: 'OutputModel',
  _model_module_version: '1.0.0',
  msg_id: '',
  outputs: [],
}
