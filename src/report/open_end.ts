import { writingsOf } from './spellings.ts'

/**
 * Finds where the end of a text begins that may be the beginning of a secret, so that the rest of
 * it may follow; a secret that is whole in `pattern`'s eyes is not cut.
 */
export function openEndOf(
  secrets: readonly string[],
  pattern: RegExp | null,
): (text: string) => number {
  if (pattern === null) return (text) => text.length
  const written = secrets.flatMap(writingsOf).map(smallLetters)
  const writings = [...new Set(written)].filter(({ length }) => length > 1)
  const longest = Math.max(0, ...writings.map(({ length }) => length))
  return (text) => {
    const end = smallLetters(text.slice(-longest))
    const open = Math.max(0, ...writings.map((writing) => openLength(end, writing)))
    return open === 0 ? text.length : uncut(text, text.length - open, pattern)
  }
}

/** How much of the end is the beginning of `writing`, and not all of it. */
function openLength(end: string, writing: string): number {
  const last = end.at(-1)
  if (last === undefined) return 0
  let at = writing.lastIndexOf(last, writing.length - 2)
  while (at > 0 && !end.endsWith(writing.slice(0, at + 1))) at = writing.lastIndexOf(last, at - 1)
  return at + 1
}

/** Before the secret that a cut at this place would go through. */
function uncut(text: string, place: number, pattern: RegExp): number {
  const through = [...text.matchAll(pattern)].find(
    ({ index, 0: { length } }) => index < place && index + length > place,
  )
  return through?.index ?? place
}

/** Escapes are written in capitals or not; the length stays. */
function smallLetters(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}
