import fc from 'fast-check'
import type { ParameterValue } from '../../src/parameters/parameter.ts'

/** What a language may lack. */
export interface Limits {
  readonly integers?: fc.Arbitrary<bigint>
  /** U+0000 cannot stand in a text. */
  readonly noNul?: true
  readonly noEmptyKey?: true
}

/** Texts in which other languages, quotes or terminals see more than text. */
const dangerous = [
  '$HOME ${x} $(x) `x` #{x} {{x}} %s %(x)s',
  '"',
  "'",
  '\\',
  '`',
  '"""',
  "'''",
  '\\n',
  '\\u0041',
  '\\x41',
  '\\"',
  "\\'", // prettier-ignore
  '\n',
  '\r\n',
  '\r',
  '\t',
  '\u0003',
  '\u0004',
  '\u001b[31m',
  '\u007f',
  '\u0085', // prettier-ignore
  '\u00a0',
  '\u200b',
  '\u2028',
  '\ufeff',
  '\u202e',
  '“x”',
  'é',
  'e\u0301',
  '中文',
  '😀', // prettier-ignore
  '__proto__',
  'constructor',
  'NULL',
  'NA',
  'None',
  'TRUE',
  '1',
  '-1',
  '1.0',
  '#',
  '!',
  '~',
  '*', // prettier-ignore
]

export function texts({ noNul }: Limits): fc.Arbitrary<string> {
  const text = fc.oneof(
    fc.constantFrom(...dangerous),
    fc.string({ maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.array(fc.constantFrom(...dangerous), { maxLength: 4 }).map((parts) => parts.join('')),
  )
  return noNul ? text.map((value) => value.replaceAll('\0', '')) : text
}

export function scalars(limits: Limits): fc.Arbitrary<ParameterValue> {
  return fc.oneof(
    fc.constant(null),
    fc.boolean(),
    limits.integers ?? fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
    fc.maxSafeInteger().map(BigInt),
    fc.double(),
    fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e16, 1e-7, 5e-324, 0.1),
    texts(limits),
  )
}

export function keys(limits: Limits): fc.Arbitrary<string> {
  return limits.noEmptyKey ? texts(limits).map((key) => key || 'k') : texts(limits)
}

/** Values of every kind, nested a few levels deep. */
export function values(limits: Limits): fc.Arbitrary<ParameterValue> {
  const { value } = fc.letrec<{ value: ParameterValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalars(limits),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(keys(limits), tie('value')), { maxLength: 4 }).map((all) => new Map(all)),
    ),
  }))
  return value
}
