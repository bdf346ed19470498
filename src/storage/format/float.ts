import { floatText } from '../../parameters/parameter.ts'
import { fixed, type Significant, significant } from './decimal.ts'
import { checkType, type FormatSpec, refuseParts } from './format_spec.ts'
import { numberText } from './number_text.ts'

/** A float as Python formats it; throws FormatError. */
export function formatFloat(value: number, spec: FormatSpec): string {
  checkType(spec, 'a float', floatTypes)
  const isSeparated = spec.separator !== ''
  refuseParts(spec, 'a float in this form', [
    { part: `"${spec.separator}"`, isGiven: isSeparated && spec.type === 'n' },
  ])
  const size = Math.abs(value)
  const isUpper = /[A-Z]/.test(spec.type)
  const lower = Number.isFinite(size) ? finiteText(size, spec) : floatText(size)
  const text = isUpper ? lower.toUpperCase() : lower
  const isNegative = value < 0 || Object.is(value, -0)
  const isZero = !/[1-9]/.test(text.replace(/e.*/i, '')) && Number.isFinite(size)
  const [, digits = '', rest = ''] = /^(\d*)(.*)$/s.exec(withPercent(text, spec)) ?? []
  const shown = { isNegative: isNegative && !(spec.isZeroUnsigned && isZero), digits, rest }
  return numberText(shown, spec)
}

/** The letters at the end of a specification that a float can have. */
export const floatTypes = 'eEfFgGn%'

const usualPrecision = 6

function finiteText(size: number, spec: FormatSpec): string {
  const { precision, isAlternate } = spec
  const places = precision ?? usualPrecision
  const withPoint = (text: string) => (isAlternate && places === 0 ? `${text}.` : text)
  switch (spec.type.toLowerCase()) {
    case 'f':
      return withPoint(fixed(size, places))
    case '%':
      return Number.isFinite(size * 100) ? withPoint(fixed(size * 100, places)) : 'inf'
    case 'e':
      return exponential(significant(size, places + 1), isAlternate)
    case '':
      return precision === null ? floatText(size) : general(size, places, spec)
    default:
      return general(size, places, spec)
  }
}

function withPercent(text: string, { type }: FormatSpec): string {
  return type === '%' ? `${text}%` : text
}

/**
 * So many significant digits, without zeros at the end, with an exponent where the number is large or
 * small. Without a type, at least one digit stands behind the point.
 */
function general(size: number, precision: number, { type, isAlternate }: FormatSpec): string {
  const count = Math.max(precision, 1)
  const { digits, exponent } = significant(size, count)
  const shown = { digits: isAlternate ? digits : withoutLastZeros(digits), exponent }
  const hasPlace = type === ''
  if (exponent < -4 || exponent >= (hasPlace ? count - 1 : count)) {
    return exponential(shown, isAlternate)
  }
  const text = positional(shown)
  if (text.includes('.')) return text
  return text + (hasPlace ? '.0' : isAlternate ? '.' : '')
}

function exponential({ digits, exponent }: Significant, isAlternate: boolean): string {
  const point = digits.length > 1 || isAlternate ? '.' : ''
  const power = String(Math.abs(exponent)).padStart(2, '0')
  return `${digits.slice(0, 1)}${point}${digits.slice(1)}e${exponent < 0 ? '-' : '+'}${power}`
}

function positional({ digits, exponent }: Significant): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const places = digits.slice(exponent + 1)
  return places === '' ? whole : `${whole}.${places}`
}

/** One digit is left, at least. */
function withoutLastZeros(digits: string): string {
  const last = digits.split('').findLastIndex((digit) => digit !== '0')
  return digits.slice(0, Math.max(last, 0) + 1)
}
