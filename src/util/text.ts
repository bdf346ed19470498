import { plainText } from './plain_text.ts'

const maxQuotedLength = 200
const invisible = /(?! )[\u007f-\u009f\p{Cf}\p{Z}]/gu

/** Text for an error message: in quotes, on one line, cut when long, with invisible characters named. */
export function quoteForError(text: string): string {
  return JSON.stringify(cutText(text, maxQuotedLength)).replace(invisible, namedCharacter)
}

/** The same for an address, without what may be secret: a password before "@", a token after "?". */
export function quoteAddress(text: string): string {
  return quoteForError(text.replace(/[?#].*/s, '…').replace(/^.*@/s, '…@'))
}

export function codePointName(char: string): string {
  const hex = char.codePointAt(0)?.toString(16).toUpperCase() ?? ''
  return `U+${hex.padStart(4, '0')}`
}

function namedCharacter(char: string): string {
  return `<${codePointName(char)}>`
}

/**
 * The text, or its first `maxLength` characters and `…`. The redactor knows this mark: before it, the
 * beginning of a secret is masked too. So text that is cut before it is masked has to be cut here.
 */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return `${text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Plain text on one line, of at most `maxLength` characters, for the inside of a sentence. */
export function oneLine(text: string, maxLength: number): string {
  // Outputs may have megabytes, and only the beginning is needed.
  const read = text.slice(0, 50 * maxLength)
  const line = plainText(read).replace(/\s+/g, ' ').trim()
  if (line.length <= maxLength && read.length === text.length) return line
  return cutText(`${line}…`, maxLength - 1)
}
