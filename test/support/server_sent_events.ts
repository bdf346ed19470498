export interface ServerSentEvent {
  readonly type: string
  readonly data: unknown
}

/** The events in a text that is complete; comments and what has no data are none. */
export function readEvents(text: string): readonly ServerSentEvent[] {
  const blocks = text.split('\n\n').filter((block) => block.includes('data: '))
  return blocks.map((block) => {
    const [, type = '', data = ''] = /^event: (\S+)\ndata: (.*)$/s.exec(block) ?? []
    return { type, data: JSON.parse(data) }
  })
}
