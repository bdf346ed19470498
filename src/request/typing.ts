import type { ParameterValue } from '../parameters/parameter.ts'

/** More digits are refused by Python itself. */
export const maxDigits = 4300

const constants: ReadonlyMap<string, ParameterValue> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
])

const integer = /^[+-]?\d+(_\d+)*$/
const float = /^[+-]?(?:\d+(_\d+)*(?:\.(?:\d+(_\d+)*)?)?|\.\d+(_\d+)*)(?:e[+-]?\d+(_\d+)*)?$/i
const special = /^([+-]?)(inf|infinity|nan)$/i

/**
 * The value that papermill makes of text: what Python's int() reads, else its float(), else text.
 * Throws an Error for an integer with more digits than any kernel takes.
 */
export function typedValue(text: string): ParameterValue {
  const constant = constants.get(text)
  if (constant !== undefined) return constant
  if (text.includes('\ufeff')) return text // white space for trim(), but not for Python
  const bare = asciiDigits(text.replaceAll('\u0085', ' ').trim()) // and this the other way round
  if (integer.test(bare)) return readInteger(bare)
  if (float.test(bare)) return Number(bare.replaceAll('_', ''))
  const [, sign, word] = special.exec(bare) ?? []
  if (word === undefined) return text
  if (word.toLowerCase() === 'nan') return NaN
  return sign === '-' ? -Infinity : Infinity
}

/** Throws an Error when there are more digits than any kernel takes. */
export function readInteger(text: string): bigint {
  const digits = text.replace(/^[+-]/, '').replaceAll('_', '')
  if (digits.length > maxDigits) {
    throw new Error(`an integer has ${digits.length} digits, and the maximum is ${maxDigits}`)
  }
  return text.startsWith('-') ? -BigInt(digits) : BigInt(digits)
}

/** Digits of all scripts as ASCII ones. */
function asciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, asciiDigit)
}

const knownDigits = new Map<string, string>()

/** Each script has its ten in a row. */
function asciiDigit(digit: string): string {
  const known = knownDigits.get(digit)
  if (known !== undefined) return known
  const code = digit.codePointAt(0) ?? 0
  let zero = code
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  const found = String((code - zero) % 10)
  knownDigits.set(digit, found)
  return found
}
