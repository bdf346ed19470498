import { cutText } from './cut_text.ts'

const longest = 200
const invisible = /(?! )[\u007f-\u009f\p{Cf}\p{Z}]/gu

/** Text for an error message: in quotes, on one line, cut when long, invisible characters spelled out. */
export function quoted(text: string): string {
  return JSON.stringify(cutText(text, longest)).replace(invisible, spelledOut)
}

/** The same without what may be secret in an address: a password before "@", a token after "?". */
export function quotedAddress(text: string): string {
  return quoted(text.replace(/[?#].*/s, '…').replace(/^.*@/s, '…@'))
}

export function codePointName(char: string): string {
  const hex = char.codePointAt(0)?.toString(16).toUpperCase() ?? ''
  return `U+${hex.padStart(4, '0')}`
}

function spelledOut(char: string): string {
  return `<${codePointName(char)}>`
}
