import stripAnsi from 'strip-ansi'

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

/** The text that is percent-encoded; null where a "%" encodes nothing, or no UTF-8. */
export function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
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

/** The longest start of the text that has at most `maxBytes` bytes in UTF-8, with no part of a character. */
export function firstBytes(text: string, maxBytes: number): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(maxBytes)).read)
}

/** Whether the text, cut at this index, would have half a surrogate pair on each side. */
export function splitsPair(text: string, index: number): boolean {
  return (text.codePointAt(index - 1) ?? 0) > 0xffff
}

/** Plain text on one line, of at most `maxLength` characters, for the inside of a sentence. */
export function oneLine(text: string, maxLength: number): string {
  // Outputs may have megabytes, and only the beginning is needed.
  const read = text.slice(0, 50 * maxLength)
  const line = plainLine(read)
  if (line.length <= maxLength && read.length === text.length) return line
  return cutText(`${line}…`, maxLength - 1)
}

/** Plain text on one line, of any length: each run of white space is one space. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').trim()
}

/**
 * Text as a terminal would show it: without colours, control characters other than tab and newline,
 * and characters that reorder text; of a line that overwrites itself (`\r`, as progress bars do), only
 * what is left in the end.
 */
export function plainText(text: string): string {
  return safeText(withoutOverwritten(stripAnsi(text)))
}

/**
 * Lines that overwrite themselves (`\r`, as progress bars do) with only what is left in the end. Escape
 * sequences, as those of colours, write nothing over a line.
 */
export function withoutOverwritten(text: string): string {
  if (!text.includes('\r')) return text
  return text.replaceAll('\r\n', '\n').split('\n').map(lastWritten).join('\n')
}

function lastWritten(line: string): string {
  return line.split('\r').findLast((part) => stripAnsi(part) !== '') ?? ''
}

// oxlint-disable no-control-regex -- control characters are what they look for
/** A terminal acts on C0, DEL and C1 controls; tab and newline are text. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** Characters that change the order in which the following ones are shown (Unicode's UAX #9). */
const reordering = /[\u202a-\u202e\u2066-\u2069]/g
/** Those of them that JSON.stringify does not escape, and all other marks of direction or line. */
const unsafeInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]/g
// oxlint-enable no-control-regex

/** The text without characters that a terminal or browser would interpret; lines end with "\n" only. */
export function safeText(text: string): string {
  return text
    .replace(/[\u2028\u2029]/g, '\n')
    .replace(controls, '')
    .replace(reordering, '')
}

/** The same JSON value with such characters written as \u escapes, so that it is shown as it reads. */
export function safeJson(json: string): string {
  return json.replace(unsafeInJson, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
