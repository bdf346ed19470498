/** Significant digits of a number: 1234.5 is `{ digits: '12345', exponent: 3 }`. */
export interface Significant {
  readonly digits: string
  /** The power of ten of the first digit. */
  readonly exponent: number
}

/** So many significant digits of a number that is not negative, rounded half to even. */
export function significant(size: number, count: number): Significant {
  if (size === 0) return { digits: '0'.repeat(count), exponent: 0 }
  const near = Number(size.toExponential().split('e')[1])
  // The shortest text may be that of the next power of ten, to which rounding may lead, too.
  const found = [near, near - 1, near + 1]
    .map((exponent) => ({ digits: String(scaled(size, count - 1 - exponent)), exponent }))
    .find(({ digits }) => digits.length === count)
  return found ?? { digits: '0'.repeat(count), exponent: near }
}

/** A number that is not negative with so many places behind the point, rounded half to even. */
export function fixed(size: number, places: number): string {
  const digits = String(scaled(size, places)).padStart(places + 1, '0')
  const point = digits.length - places
  return places === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`
}

/** The integer nearest to the number times that power of ten; of two as near, the even one. */
function scaled(size: number, power: number): bigint {
  const { mantissa, exponent } = partsOf(size)
  const numerator = mantissa * powerOf(2n, exponent) * powerOf(10n, power)
  const denominator = powerOf(2n, -exponent) * powerOf(10n, -power)
  const quotient = numerator / denominator
  const twice = 2n * (numerator % denominator)
  const isAbove = twice > denominator || (twice === denominator && quotient % 2n === 1n)
  return isAbove ? quotient + 1n : quotient
}

/** 1 for a negative exponent. */
function powerOf(base: bigint, exponent: number): bigint {
  return exponent > 0 ? base ** BigInt(exponent) : 1n
}

/** The exact value of a double: its mantissa times 2 to its exponent (IEEE 754). */
function partsOf(size: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, size)
  const bits = view.getBigUint64(0)
  const biased = Number(bits >> 52n)
  const fraction = bits & (2n ** 52n - 1n)
  const mantissa = biased === 0 ? fraction : fraction | (2n ** 52n)
  return { mantissa, exponent: Math.max(biased, 1) - 1075 }
}
