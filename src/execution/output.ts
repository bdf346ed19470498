import type { MessageBody } from '../jupyter/messages.ts'
import type { MimeBundle, Output } from '../jupyter/nbformat.ts'
import { jsonText } from '../util/json.ts'
import { isRecord } from '../util/record.ts'

/** The message as an nbformat output; null when it is not an output. */
export function outputOf(message: MessageBody): Output | null {
  switch (message.type) {
    case 'stream':
      return { output_type: 'stream', name: message.name, text: message.text }
    case 'display_data': {
      const { metadata } = message
      return { output_type: 'display_data', data: validBundle(message.data), metadata }
    }
    case 'execute_result':
      return {
        output_type: 'execute_result',
        data: validBundle(message.data),
        metadata: message.metadata,
        execution_count: message.executionCount,
      }
    case 'error': {
      const { ename, evalue, traceback } = message
      return { output_type: 'error', ename, evalue, traceback }
    }
    default:
      return null
  }
}

/** The bundle as nbformat requires it: values of non-JSON types that are not text become JSON text. */
export function validBundle(data: MimeBundle): MimeBundle {
  if (Object.entries(data).every(isValidData)) return data
  const valid = Object.entries(data).map(([type, value]) => {
    return [type, isValidData([type, value]) ? value : jsonText(value)] as const
  })
  return Object.fromEntries(valid)
}

const jsonType = /^application\/(.*\+)?json$/

export function isValidData([type, value]: readonly [string, unknown]): boolean {
  if (typeof value === 'string' || jsonType.test(type)) return true
  return Array.isArray(value) && value.every((line) => typeof line === 'string')
}

/** Approximate size of a JSON-like value in characters. Not recursive: it may nest deeply. */
export function sizeOf(value: unknown): number {
  const todo = [value]
  let size = 0
  while (todo.length > 0) {
    const next = todo.pop()
    if (typeof next === 'string') size += next.length
    else if (typeof next === 'bigint') size += String(next).length
    else if (Array.isArray(next)) for (const child of next) todo.push(child)
    else if (isRecord(next)) for (const name of Object.keys(next)) todo.push(name, next[name])
    size += perValue
  }
  return size
}

const perValue = 8
