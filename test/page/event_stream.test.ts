import { describe, expect, test } from '@jest/globals'
import { readEvents } from '../../src/page/event_stream.ts'

describe('readEvents()', () => {
  test('reads messages and ignores comments', async () => {
    const text = 'event: a\ndata: {"x":1}\n\n: the run goes on\n\nevent: b\ndata: 2\n\n'
    expect(await eventsOf(bytesOf(text))).toEqual([
      { type: 'a', data: '{"x":1}' },
      { type: 'b', data: '2' },
    ])
  })

  test('reads the same from chunks split anywhere, also within a character', async () => {
    const text = 'event: a\r\ndata: "°C 🙂"\r\ndata: more\r\n\r\n'
    const pieces = Array.from(new TextEncoder().encode(text), (byte) => Uint8Array.of(byte))
    expect(await eventsOf(pieces)).toEqual([{ type: 'a', data: '"°C 🙂"\nmore' }])
  })

  test('returns no incomplete message', async () => {
    expect(await eventsOf(bytesOf('event: a\ndata: 1'))).toEqual([])
  })

  test('throws when the connection breaks', async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('broken')),
    })
    await expect(readEvents(body).next()).rejects.toThrow('broken')
  })
})

function bytesOf(text: string): readonly Uint8Array[] {
  return [new TextEncoder().encode(text)]
}

async function eventsOf(pieces: readonly Uint8Array[]): Promise<unknown[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
  const events: unknown[] = []
  for await (const event of readEvents(body)) events.push(event)
  return events
}
