import { FormatError } from './format_error.ts'

/** A format specification of Python, as `>8`, `03d` and `,.2f` are. */
export interface FormatSpec {
  /** As it was written. */
  readonly text: string
  readonly fill: string
  /** null where it is that of the value's type. */
  readonly align: Align | null
  /** Empty where none is given. */
  readonly sign: string
  /** Whether zero has no sign. */
  readonly isZeroUnsigned: boolean
  readonly isAlternate: boolean
  /** Whether zeros are put before the digits. */
  readonly isZeroPadded: boolean
  /** In characters. */
  readonly width: number
  /** What stands between groups of digits; empty for nothing. */
  readonly separator: string
  readonly precision: number | null
  /** Empty where none is given. */
  readonly type: string
}

export type Align = '<' | '>' | '=' | '^'

const specPattern =
  /^(?:(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-z%])?)$/isu

/** More of a value is cut from a part of a path. */
const maxWidth = 80

/** Throws FormatError. */
export function readFormatSpec(text: string): FormatSpec {
  const found = specPattern.exec(text)
  if (found === null) {
    throw new FormatError(`${JSON.stringify(text)} is no format specification of Python`)
  }
  const [, fill, align, sign, z, alternate, zero, width, separator, precision, type] = found
  const isZeroPadded = zero !== undefined && fill === undefined
  return {
    text,
    fill: fill ?? (isZeroPadded ? '0' : ' '),
    align: isAlign(align) ? align : null,
    sign: sign ?? '',
    isZeroUnsigned: z !== undefined,
    isAlternate: alternate !== undefined,
    isZeroPadded,
    width: readSize(width ?? '0', text),
    separator: separator ?? '',
    precision: precision === undefined ? null : readSize(precision, text),
    type: type ?? '',
  }
}

function readSize(size: string, text: string): number {
  if (Number(size) <= maxWidth) return Number(size)
  const reason = `${JSON.stringify(text)} asks for more than ${maxWidth} characters`
  throw new FormatError(reason, 'use a smaller number')
}

function isAlign(text: string | undefined): text is Align {
  return text === '<' || text === '>' || text === '=' || text === '^'
}

/** A part of a specification, in words. */
export interface SpecPart {
  readonly part: string
  readonly isGiven: boolean
}

/** Throws FormatError when one of these parts is given, which a value of this type cannot have. */
export function refuseParts(
  { text }: FormatSpec,
  valueType: string,
  parts: readonly SpecPart[],
): void {
  const given = parts.find(({ isGiven }) => isGiven)
  if (given === undefined) return
  throw new FormatError(`${JSON.stringify(text)} has ${given.part}, which ${valueType} cannot have`)
}

/** Throws FormatError when the letter at the end is none of these. */
export function checkType({ text, type }: FormatSpec, valueType: string, types: string): void {
  if (type === '' || types.includes(type)) return
  const known = Array.from(types, (each) => `"${each}"`).join(', ')
  const reason = `${JSON.stringify(text)} ends in "${type}", which ${valueType} cannot have`
  throw new FormatError(reason, `there is ${known}`)
}

/** Puts characters around a text until it has the width. */
export function aligned(text: string, { fill, align, width }: FormatSpec, usual: Align): string {
  const missing = Math.max(width - Array.from(text).length, 0)
  const side = align ?? usual
  if (side === '<') return text + fill.repeat(missing)
  const left = side === '^' ? Math.floor(missing / 2) : missing
  return fill.repeat(left) + text + fill.repeat(missing - left)
}
