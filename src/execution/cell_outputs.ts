import type { CellResult } from '../events.ts'
import type { Display, ExecuteReply, KernelMessage } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/notebook.ts'

/** The output that a message is, as nbformat writes it; null when it is none. */
export function outputOf(message: KernelMessage): Output | null {
  switch (message.type) {
    case 'stream':
      return { output_type: 'stream', name: message.name, text: message.text }
    case 'display_data':
      return { output_type: 'display_data', data: message.data, metadata: message.metadata }
    case 'execute_result':
      return {
        output_type: 'execute_result',
        data: message.data,
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

// What is printed is kept for the result and for the last words before a crash, not for a record.
const maxStreamChars = 16 * 1024 * 1024

/** One cell's outputs: what is left of them when it is over, after clearing and updating. */
export class CellOutputs {
  #outputs: Output[] = []
  /** Where each display id stands in the outputs. */
  readonly #places = new Map<string, number[]>()
  #streamChars = 0
  #clearsBeforeNext = false

  get all(): readonly Output[] {
    return this.#outputs
  }

  add(message: KernelMessage): void {
    switch (message.type) {
      case 'clear_output':
        this.#clearsBeforeNext = message.wait
        if (!message.wait) this.#clear()
        return
      case 'update_display_data':
        return this.#update(message)
      case 'display_data':
      case 'execute_result':
        this.#clearIfDue()
        this.#update(message)
        return this.#appendDisplay(message)
      case 'stream':
        this.#clearIfDue()
        return this.#appendStream(message)
      case 'error':
        this.#clearIfDue()
        this.#append(message)
    }
  }

  #append(message: KernelMessage): void {
    const output = outputOf(message)
    if (output !== null) this.#outputs.push(output)
  }

  #appendDisplay(message: KernelMessage & Display): void {
    const { displayId } = message
    this.#append(message)
    if (displayId === null) return
    const places = this.#places.get(displayId) ?? []
    places.push(this.#outputs.length - 1)
    this.#places.set(displayId, places)
  }

  #appendStream({ name, text }: { readonly name: 'stdout' | 'stderr'; readonly text: string }) {
    this.#streamChars += text.length
    if (this.#streamChars > maxStreamChars) return
    const last = this.#outputs.at(-1)
    if (last?.output_type === 'stream' && last.name === name) {
      this.#outputs[this.#outputs.length - 1] = { ...last, text: last.text + text }
    } else {
      this.#outputs.push({ output_type: 'stream', name, text })
    }
  }

  #update({ displayId, data, metadata }: Display): void {
    for (const place of (displayId !== null && this.#places.get(displayId)) || []) {
      const output = this.#outputs[place]
      if (output !== undefined && 'data' in output) {
        this.#outputs[place] = { ...output, data, metadata }
      }
    }
  }

  #clearIfDue(): void {
    if (this.#clearsBeforeNext) this.#clear()
  }

  #clear(): void {
    this.#outputs = []
    this.#places.clear()
    this.#streamChars = 0
    this.#clearsBeforeNext = false
  }
}

/**
 * What a cell came to: its value, else what it displayed last, else what it printed, else what a
 * pager would show; null when there is nothing of these.
 */
export function resultOf(
  outputs: readonly Output[],
  reply: ExecuteReply | null,
): CellResult | null {
  const value = outputs.findLast((output) => output.output_type === 'execute_result')
  if (value !== undefined) {
    const { data, metadata, execution_count } = value
    return { data, metadata, execution_count }
  }
  const execution_count = reply?.executionCount ?? null
  const display = outputs.findLast((output) => output.output_type === 'display_data')
  if (display !== undefined) {
    return { data: display.data, metadata: display.metadata, execution_count }
  }
  const printed = outputs
    .filter((output) => output.output_type === 'stream')
    .filter((output) => output.name === 'stdout')
    .map((output) => output.text)
    .join('')
  if (printed !== '') return { data: { 'text/plain': printed }, metadata: {}, execution_count }
  const page = reply?.page ?? null
  return page === null ? null : { data: page, metadata: {}, execution_count }
}
