import { plainText } from './plain_text.ts'

const longest = 200
const invisible = /(?! )[\u007f-\u009f\p{Cf}\p{Z}]/gu

/** Text for an error message: in quotes, on one line, cut when long, invisible characters spelled out. */
export function quoteForError(text: string): string {
  return JSON.stringify(cutText(text, longest)).replace(invisible, spelledOut)
}

/** The same without what may be secret in an address: a password before "@", a token after "?". */
export function quoteAddress(text: string): string {
  return quoteForError(text.replace(/[?#].*/s, '…').replace(/^.*@/s, '…@'))
}

export function codePointName(char: string): string {
  const hex = char.codePointAt(0)?.toString(16).toUpperCase() ?? ''
  return `U+${hex.padStart(4, '0')}`
}

function spelledOut(char: string): string {
  return `<${codePointName(char)}>`
}

/**
 * The text, or its first `maxLength` characters and `…`. What masks secrets knows this mark: before
 * it, the beginning of a secret is one too. So whatever is cut before it is masked is cut here.
 */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return `${text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')}…`
}

/** `text` for the inside of a sentence: plain, on one line, of at most `maxLength` characters. */
export function oneLine(text: string, maxLength: number): string {
  // Far more than is kept is enough to read: outputs may have megabytes.
  const read = text.slice(0, 50 * maxLength)
  const line = plainText(read).replace(/\s+/g, ' ').trim()
  if (line.length <= maxLength && read.length === text.length) return line
  return cutText(`${line}…`, maxLength - 1)
}
