import { Excerpt, type Piece, type Span } from './span.ts'

/** Consecutive lines of hex digits, as `xxd`, `od -tx1`, `hexdump -C` and `openssl` print them. */
export interface HexDump {
  /** Only the digits. */
  readonly digits: Excerpt
  /** Index in the text after the last line. */
  readonly end: number
}

interface Layout {
  /** The start of a line, before its bytes. */
  readonly before: RegExp
  readonly bytes: RegExp
  readonly separator: RegExp
}

const layouts: readonly Layout[] = [
  // xxd: two blanks end the bytes; the text column follows, which may look like hex.
  {
    before: /[ \t]*[\da-f]{4,16}:[ \t]/iy,
    bytes: /(?:[\da-f]{2}){1,16}(?=\s|$)/iy,
    separator: / (?! )/y,
  },
  // With or without an address: `61 62  63`, `61:62:`, `0x61, 0x62,`, `0000 - 61-62`.
  {
    before: /[ \t]*(?:[\da-f]{4,16}(?: -)?[ \t]+)?(?:0x(?=[\da-f]{2}[\s,]))?/iy,
    bytes: /[\da-f]{2}(?=[\s:,-]|$)/iy,
    separator: /(?:[ \t]{1,2}|[:-]|, ?)(?:0x)?/iy,
  },
]

/** All hex dumps in the text, in order. */
export function* hexDumps(text: string): Generator<HexDump, void, void> {
  let pieces: Piece[] = []
  let end = 0
  for (let at = 0; at < text.length; at = lineEnd(text, at)) {
    const found = bytesOfLine(text, at)
    if (found.length === 0 && pieces.length > 0) {
      yield { digits: new Excerpt(text, pieces), end }
      pieces = []
    }
    for (const piece of found) pieces.push(piece)
    if (found.length > 0) end = lineEnd(text, at)
  }
  if (pieces.length > 0) yield { digits: new Excerpt(text, pieces), end }
}

/**
 * The whole lines of the dump that contain these digits, because a text column may repeat the bytes
 * as letters.
 */
export function linesInDump(text: string, { digits }: HexDump, part: Span): Span {
  const { start, end } = digits.inWhole(part)
  const newline = text.indexOf('\n', end)
  return {
    start: lineStart(text, start),
    end: newline === -1 ? text.length : newline,
    isOpen: newline === -1,
  }
}

/**
 * The dump at the end of the text, with and without an incomplete last line, in which an address
 * cannot be told from bytes yet.
 */
export function* openDumps(text: string): Generator<HexDump, void, void> {
  const start = lineStart(text, text.length)
  const starts = begunLine.test(text.slice(start)) ? [text.length, start] : [text.length]
  for (const end of starts) {
    const last = [...hexDumps(text.slice(0, end))].at(-1)
    if (last?.end === end) yield last
  }
}

/** An incomplete line that may become one of a dump. */
const begunLine = /^[\da-f \t:x-]{0,24}$/i

/** Start of the line with the digit at index `place` of the dump's digits. */
export function dumpLineStart(text: string, { digits }: HexDump, place: number): number {
  return lineStart(text, digits.placeOf(place))
}

/** An address, with or without the first byte after it, or three bytes. */
const dumpBeginning =
  /^[ \t]*(?:[\da-f]{4,16}(?::?[ \t]*$|(?: -|:)?[ \t]+[\da-f]{1,2})|(?:0x)?[\da-f]{2}(?:[ :,]{1,2}(?:0x)?[\da-f]{2}){2})/i

/** Number of characters that show whether a line is one of a dump. */
const tellingLength = 64

/** Start of the last line if it looks like a line of a dump; the text's length if not. */
export function begunLineStart(text: string): number {
  const start = lineStart(text, text.length)
  return dumpBeginning.test(text.slice(start, start + tellingLength)) ? start : text.length
}

function bytesOfLine(text: string, at: number): readonly Piece[] {
  let first = at
  while (text[first] === ' ' || text[first] === '\t') first += 1
  if (!isHexDigit(text.charCodeAt(first))) return []
  for (const layout of layouts) {
    const found = bytesBy(layout, text, at)
    if (found.length > 0) return found
  }
  return []
}

function bytesBy({ before, bytes, separator }: Layout, text: string, at: number): readonly Piece[] {
  const found: Piece[] = []
  let start = endOf(before, text, at)
  while (start !== -1) {
    const end = endOf(bytes, text, start)
    if (end === -1) break
    found.push({ start, end })
    start = endOf(separator, text, end)
  }
  return found
}

/** Index after the match of the sticky expression at `at`; -1 when it does not match. */
function endOf(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at
  return expression.test(text) ? expression.lastIndex : -1
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
}

function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline === -1 ? text.length : newline + 1
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66)
}
