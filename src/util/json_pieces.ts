import { randomUUID } from 'node:crypto'
import { jsonText } from './json.ts'
import { safeJson, splitsPair } from './text.ts'

const pieceLength = 65_536

/**
 * What jsonText writes, with the escapes of safeJson, in pieces: a string of megabytes is never copied
 * as a whole.
 */
export function* jsonPieces(value: unknown): Generator<string, void, void> {
  const mark = randomUUID()
  const texts: string[] = []
  const json = jsonText(value, undefined, (_, part) => {
    if (typeof part !== 'string' || part.length <= pieceLength) return part
    texts.push(part)
    return mark
  })
  for (const between of json.split(`"${mark}"`)) {
    yield safeJson(between)
    const text = texts.shift()
    if (text !== undefined) yield* stringPieces(text)
  }
}

function* stringPieces(text: string): Generator<string, void, void> {
  yield '"'
  for (let start = 0; start < text.length;) {
    const whole = start + pieceLength
    const end = splitsPair(text, whole) ? whole + 1 : whole
    yield safeJson(jsonText(text.slice(start, end))).slice(1, -1)
    start = end
  }
  yield '"'
}
