import { RunError } from '../errors.ts'

const separator = /[\s\u0085]/
const special = /[\s\u0085'"\\]/g
const continuation = /\\\r?\n/y

interface Piece {
  /** What it adds to the word; null ends the word. */
  readonly text: string | null
  readonly end: number
}

/**
 * Splits text into words at any white space, as a shell does: nothing is special in single quotes,
 * a backslash escapes `"` and `\` in double quotes and any character outside quotes, and one at the
 * end of a line joins the next line.
 */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let at = 0
  while (at < text.length) {
    const piece = readPiece(text, at)
    if (piece.text !== null) word = (word ?? '') + piece.text
    else if (word !== null) {
      words.push(word)
      word = null
    }
    at = piece.end
  }
  if (word !== null) words.push(word)
  return words
}

function readPiece(text: string, at: number): Piece {
  const char = text.charAt(at)
  if (separator.test(char)) return { text: null, end: at + 1 }
  if (char === "'") return readSingleQuoted(text, at)
  if (char === '"') return readDoubleQuoted(text, at)
  if (char === '\\') return readEscaped(text, at)
  const end = nextOf(special, text, at)
  return { text: text.slice(at, end), end }
}

function readSingleQuoted(text: string, at: number): Piece {
  const close = text.indexOf("'", at + 1)
  if (close === -1) throw unterminated("'", at)
  return { text: text.slice(at + 1, close), end: close + 1 }
}

function readDoubleQuoted(text: string, at: number): Piece {
  let content = ''
  for (let from = at + 1; ;) {
    const stop = nextOf(/["\\]/g, text, from)
    if (stop === text.length) throw unterminated('"', at)
    content += text.slice(from, stop)
    if (text[stop] === '"') return { text: content, end: stop + 1 }
    const next = text.charAt(stop + 1)
    content += next === '"' || next === '\\' ? next : `\\${next}`
    from = stop + 2
  }
}

function readEscaped(text: string, at: number): Piece {
  continuation.lastIndex = at
  if (continuation.test(text)) return { text: null, end: continuation.lastIndex }
  if (at + 1 === text.length) {
    const reason = `the backslash at character ${at + 1} has nothing after it to escape`
    throw new RunError('ARGUMENTS_INVALID', `Cannot split the text into words: ${reason}`)
  }
  return { text: text.charAt(at + 1), end: at + 2 }
}

function nextOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? text.length
}

function unterminated(quote: string, at: number): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot split the text into words: the quote ${quote} at character ${at + 1} is never closed`,
    { advice: `close it, or write \\${quote} for the character itself` },
  )
}
