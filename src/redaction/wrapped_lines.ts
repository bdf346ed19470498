import { Excerpt } from './excerpt.ts'

/** Letters of base64 or hex that line ends part, as `base64` and PEM files write them. */
export interface WrappedLines {
  /** The letters alone. */
  readonly letters: Excerpt
  /** How many stand in the first line. */
  readonly firstLength: number
  /** Where they are in the text, line ends and all. */
  readonly start: number
  readonly end: number
}

/** A shorter line before a line end is a word of ordinary text. */
const minLineLength = 8

/** A line end within JSON within JSON has three backslashes. */
const maxBackslashes = 8

const isLetter = new Uint8Array(65_536)
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-') {
  isLetter[letter.charCodeAt(0)] = 1
}

/** Every stretch of such lines in the text, in order. Line ends may be escaped: `\n`. */
export function* wrappedLines(text: string): Generator<WrappedLines, void, void> {
  const lineEnds = new LineEnds(text)
  let from = 0
  for (let at = lineEnds.next(0); at < text.length; at = lineEnds.next(Math.max(from, at + 1))) {
    const start = lineStart(text, at, from)
    // What the text begins with may be the end of a line.
    if (start > 0 && at - start < minLineLength) continue
    const found = linesFrom(start, text)
    if (found.end > at) yield found
    from = Math.max(found.end, at)
  }
}

/** Where line ends may be in a text: at `\n`, `\r` and backslashes. */
class LineEnds {
  readonly #text: string
  #newline = -1
  #return = -1
  #backslash = -1

  constructor(text: string) {
    this.#text = text
  }

  /** The first from this place on, which is not before the last one; the text's length if none. */
  next(from: number): number {
    if (this.#newline < from) this.#newline = this.#find('\n', from)
    if (this.#return < from) this.#return = this.#find('\r', from)
    if (this.#backslash < from) this.#backslash = this.#find('\\', from)
    return Math.min(this.#newline, this.#return, this.#backslash)
  }

  #find(character: string, from: number): number {
    const place = this.#text.indexOf(character, from)
    return place === -1 ? this.#text.length : place
  }
}

function lineStart(text: string, end: number, least: number): number {
  let start = end
  while (start > least && isLetter[text.charCodeAt(start - 1)] === 1) start -= 1
  return start
}

function linesFrom(start: number, text: string): WrappedLines {
  const pieces = []
  let at = start
  let end = start
  do {
    const lineEnds = lettersEnd(text, at)
    if (lineEnds > at) pieces.push({ start: at, end: lineEnds })
    at = lineEndsEnd(text, lineEnds)
    end = Math.max(lineEnds, at)
    if (at === lineEnds) break
  } while (at < text.length && isLetter[text.charCodeAt(at)] === 1)
  const [first] = pieces
  const firstLength = first === undefined ? 0 : first.end - first.start
  return { letters: new Excerpt(text, pieces), firstLength, start, end }
}

function lettersEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && isLetter[text.charCodeAt(at)] === 1) at += 1
  return at
}

/** Behind the line ends that stand here, and the white space that the next line begins with. */
function lineEndsEnd(text: string, from: number): number {
  let at = from
  for (let next = oneLineEnd(text, at); next > at; next = oneLineEnd(text, at)) at = next
  if (at === from) return from
  while (text[at] === ' ' || text[at] === '\t') at += 1
  return at
}

function oneLineEnd(text: string, at: number): number {
  if (text[at] === '\n' || text[at] === '\r') return at + 1
  let end = at
  while (text[end] === '\\' && end - at < maxBackslashes) end += 1
  if (end === at) return at
  // At the end of the text, the letter may still come.
  if (end === text.length) return end
  return text[end] === 'n' || text[end] === 'r' ? end + 1 : at
}
