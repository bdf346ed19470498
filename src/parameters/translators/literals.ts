import { cutText } from '../../util/text.ts'
import { isList, type ParameterValue } from '../parameter.ts'
import { UnsupportedValueError } from './translator.ts'

/** How a language escapes characters in a string. */
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

/** Invisible characters: controls, format characters, white space other than " ". */
export const hidden = /(?! )[\p{C}\p{Z}]/u

/** A string literal in double quotes. */
export function quote(text: string, { special, codePoint, asciiOnly }: Escapes): string {
  const spell = (char: string): string => {
    if (Object.hasOwn(special, char)) return special[char] ?? ''
    const isKept = char <= '~' || asciiOnly !== true
    return isKept && !hidden.test(char) ? char : codePoint(char.codePointAt(0) ?? 0)
  }
  return `"${Array.from(text, spell).join('')}"`
}

/** "\xe9", and longer escapes beyond two digits, as `wideEscape()` has them. */
export function shortEscape(codePoint: number): string {
  return codePoint > 0xff ? wideEscape(codePoint) : `\\x${hex(codePoint, 2)}`
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

/** Throws UnsupportedValueError for U+0000, which ends a string in languages written in C. */
export function withoutNul(text: string): string {
  if (text.includes('\0')) throw new UnsupportedValueError('no text that contains U+0000')
  return text
}

/** The bits that an integer needs: 32, 64, or more than any machine word has. */
export function widthOf(value: bigint): 32 | 64 | 'more' {
  if (BigInt.asIntN(32, value) === value) return 32
  return BigInt.asIntN(64, value) === value ? 64 : 'more'
}

/** The width as the name of a type. */
export function widthName(value: bigint): string {
  return `integer of ${widthOf(value)} bits`
}

/** An integer of a language whose numbers are doubles. */
export function doubleInteger(value: bigint): string {
  if (BigInt(Number(value)) === value) return String(value)
  throw new UnsupportedValueError(
    `no integer as large as ${shortened(value)}; pass it as text with --raw`,
  )
}

function shortened(value: bigint): string {
  const text = String(value)
  return cutText(text, 40)
}

/** The name of an integer's type, where a language has several. */
export type IntegerType = (value: bigint) => string

const oneInteger: IntegerType = () => 'integer'

/** Whether the values are of one type, as the items of a list in some languages have to be. */
export function isUniform(
  values: readonly ParameterValue[],
  integerType: IntegerType = oneInteger,
): boolean {
  return new Set(values.map((value) => typeOf(value, integerType))).size <= 1
}

function typeOf(value: ParameterValue, integerType: IntegerType): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return integerType(value)
  if (isList(value)) return `list of ${commonType(value, integerType)}`
  if (typeof value !== 'object') return typeof value
  return `map of ${commonType([...value.values()], integerType)}`
}

function commonType(values: readonly ParameterValue[], integerType: IntegerType): string {
  const [first] = values
  if (first === undefined) return 'nothing'
  return isUniform(values, integerType) ? typeOf(first, integerType) : 'anything'
}
