/** A message of a `text/event-stream`. */
export interface StreamedEvent {
  readonly type: string
  readonly data: string
}

/** Reads the messages as they arrive; skips comments, which keep the connection alive. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<StreamedEvent, void, void> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  const parts: string[] = []
  const message = new MessageDraft()
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const lines = decoder.decode(value, { stream: true }).split('\n')
      parts.push(lines.shift() ?? '')
      for (const rest of lines) {
        const event = message.add(parts.join('').replace(/\r$/, ''))
        if (event !== null) yield event
        parts.splice(0, parts.length, rest)
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined) // the stream is no longer needed
  }
}

/** Collects the lines of a message up to the empty line that ends it. */
class MessageDraft {
  #type = ''
  #data: string[] = []

  add(line: string): StreamedEvent | null {
    if (line === '') return this.#end()
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'event') this.#type = value
    if (field === 'data') this.#data.push(value)
    return null
  }

  #end(): StreamedEvent | null {
    const event = { type: this.#type || 'message', data: this.#data.join('\n') }
    const isEmpty = this.#data.length === 0
    this.#type = ''
    this.#data = []
    return isEmpty ? null : event
  }
}
