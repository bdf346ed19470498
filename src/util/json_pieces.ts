import { randomUUID } from 'node:crypto'
import { jsonText } from './json.ts'
import { safeJson } from './safe_text.ts'

const pieceLength = 65_536

/**
 * What jsonText writes, with the escapes of safeJson, piece by piece: a text of megabytes is never there a second time as a whole.
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
    if (text !== undefined) yield* quoteForError(text)
  }
}

function* quoteForError(text: string): Generator<string, void, void> {
  yield '"'
  for (let start = 0; start < text.length;) {
    const end = unsplit(text, start + pieceLength)
    yield safeJson(jsonText(text.slice(start, end))).slice(1, -1)
    start = end
  }
  yield '"'
}

/** The place, or the one behind it where it lies within a character. */
function unsplit(text: string, place: number): number {
  return (text.codePointAt(place - 1) ?? 0) > 0xffff ? place + 1 : place
}
