import { DateTime } from './date_time.ts'
import { formatFloat, floatTypes } from './float.ts'
import { FormatError } from './format_error.ts'
import { aligned, checkType, type FormatSpec, readFormatSpec, refuseParts } from './format_spec.ts'
import { numberText } from './number_text.ts'
import { type FormatValue, isList, textOf } from './value.ts'

/** A value as Python's `format()` has it; throws FormatError. */
export function formatValue(value: FormatValue, specification: string): string {
  if (specification === '') return textOf(value)
  if (value instanceof DateTime) return value.format(specification)
  if (typeof value === 'string') return formatText(value, readFormatSpec(specification))
  if (typeof value === 'number') return formatFloat(value, readFormatSpec(specification))
  if (typeof value === 'bigint') return formatInteger(value, readFormatSpec(specification))
  if (typeof value === 'boolean') return formatInteger(BigInt(value), readFormatSpec(specification))
  const kind = value === null ? 'None' : isList(value) ? 'a list' : 'a map'
  throw new FormatError(`${kind} takes no format specification`, 'leave out what stands behind ":"')
}

function formatText(text: string, spec: FormatSpec): string {
  checkType(spec, 'a text', 's')
  refuseParts(spec, 'a text', [
    { part: 'a sign', isGiven: spec.sign !== '' },
    { part: '"z"', isGiven: spec.isZeroUnsigned },
    { part: '"#"', isGiven: spec.isAlternate },
    { part: '"="', isGiven: spec.align === '=' },
    { part: `"${spec.separator}"`, isGiven: spec.separator !== '' },
  ])
  const kept = Array.from(text)
    .slice(0, spec.precision ?? Infinity)
    .join('')
  return aligned(kept, spec, '<')
}

/** The digits of integers by the letter of their specification. */
const bases: ReadonlyMap<string, { readonly radix: number; readonly prefix: string }> = new Map([
  ['', { radix: 10, prefix: '' }],
  ['d', { radix: 10, prefix: '' }],
  ['n', { radix: 10, prefix: '' }],
  ['b', { radix: 2, prefix: '0b' }],
  ['o', { radix: 8, prefix: '0o' }],
  ['x', { radix: 16, prefix: '0x' }],
  ['X', { radix: 16, prefix: '0X' }],
])

function formatInteger(value: bigint, spec: FormatSpec): string {
  const base = bases.get(spec.type)
  if (base === undefined) return formatAsFloat(value, spec)
  const { radix, prefix } = base
  const isDecimal = radix === 10
  const takesSeparator = spec.type !== 'n' && (isDecimal || spec.separator === '_')
  refuseParts(spec, 'an integer', [
    { part: 'a precision', isGiven: spec.precision !== null },
    { part: '"z"', isGiven: spec.isZeroUnsigned },
    { part: `"${spec.separator}"`, isGiven: spec.separator !== '' && !takesSeparator },
  ])
  const digits = (value < 0n ? -value : value).toString(radix)
  const shown = {
    isNegative: value < 0n,
    prefix: spec.isAlternate ? prefix : '',
    digits: spec.type === 'X' ? digits.toUpperCase() : digits,
    rest: '',
    groupSize: isDecimal ? 3 : 4,
  }
  return numberText(shown, spec)
}

function formatAsFloat(value: bigint, spec: FormatSpec): string {
  checkType(spec, 'an integer', `bdoxX${floatTypes}`)
  const float = Number(value)
  if (Number.isFinite(float)) return formatFloat(float, spec)
  throw new FormatError('the integer is too large for a float', 'use "d" instead')
}
