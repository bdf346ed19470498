import { aligned, type FormatSpec } from './format_spec.ts'

/** A number whose digits can be put into groups. */
export interface NumberParts {
  readonly isNegative: boolean
  /** "0x" and its like. */
  readonly prefix?: string
  /** The digits before the point; empty for "inf" and "nan". */
  readonly digits: string
  /** What follows these. */
  readonly rest: string
  /** How many digits a group has. */
  readonly groupSize?: number
}

const thousands = 3

/** The number with its sign, its digits in groups, and filled to the width. */
export function numberText(parts: NumberParts, spec: FormatSpec): string {
  const { isNegative, prefix = '', digits, rest, groupSize = thousands } = parts
  const positiveSign = spec.sign === '-' ? '' : spec.sign
  const start = (isNegative ? '-' : positiveSign) + prefix
  const align = spec.align ?? (spec.isZeroPadded ? '=' : '>')
  const free = spec.width - start.length - rest.length
  const minLength = spec.fill === '0' && align === '=' ? free : 0
  const group = { separator: spec.separator, size: groupSize }
  const body = (digits === '' ? '' : grouped(digits, group, minLength)) + rest
  if (align !== '=') return aligned(start + body, spec, align)
  return start + aligned(body, { ...spec, align: '>', width: spec.width - start.length }, '>')
}

interface Grouping {
  readonly separator: string
  readonly size: number
}

/** Zeros are put before the digits until there are so many characters. */
function grouped(digits: string, { separator, size }: Grouping, minLength: number): string {
  if (separator === '') return digits.padStart(minLength, '0')
  const ends = new RegExp(`(?!^)(?=(?:[0-9a-f]{${size}})+$)`, 'gi')
  const withGroups = (text: string) => text.replaceAll(ends, separator)
  let padded = digits
  while (withGroups(padded).length < minLength) padded = `0${padded}`
  return withGroups(padded)
}
