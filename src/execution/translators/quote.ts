import { Unwritable } from './translator.ts'

/** How a language spells what must not stand in a text as it is. */
export interface Escapes {
  readonly special: Readonly<Record<string, string>>
  readonly codePoint: (codePoint: number) => string
  /** The language's source may not be read as Unicode: everything beyond ASCII is escaped. */
  readonly asciiOnly?: true
}

export const backslashed: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** What cannot be seen or told apart: controls, format characters, white space other than " ". */
export const hidden = /(?! )[\p{C}\p{Z}]/u

/** A text in double quotes. */
export function quote(text: string, { special, codePoint, asciiOnly }: Escapes): string {
  const spell = (char: string): string => {
    if (Object.hasOwn(special, char)) return special[char] ?? ''
    const isKept = char <= '~' || asciiOnly !== true
    return isKept && !hidden.test(char) ? char : codePoint(char.codePointAt(0) ?? 0)
  }
  return `"${Array.from(text, spell).join('')}"`
}

/** "\u00e9", and "\U0001f600" beyond four digits. */
export function wideEscape(codePoint: number): string {
  return codePoint > 0xffff ? `\\U${hex(codePoint, 8)}` : `\\u${hex(codePoint, 4)}`
}

/** "\u00e9", and a pair of such escapes beyond four digits. */
export function unitEscape(codePoint: number): string {
  const units = String.fromCodePoint(codePoint).split('')
  return units.map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`).join('')
}

export function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}

/** Refuses what ends a text in languages that are written in C. */
export function withoutNul(text: string): string {
  if (text.includes('\0')) throw new Unwritable('no text that contains U+0000')
  return text
}
