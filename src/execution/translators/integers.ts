import { cutText } from '../../cut_text.ts'
import { Unwritable } from './translator.ts'

/** The bits that an integer needs: 32, 64, or more than any machine word has. */
export function widthOf(value: bigint): 32 | 64 | 'more' {
  if (BigInt.asIntN(32, value) === value) return 32
  return BigInt.asIntN(64, value) === value ? 64 : 'more'
}

/** The same as the name of a type. */
export function widthName(value: bigint): string {
  return `integer of ${widthOf(value)} bits`
}

/** An integer of a language whose numbers are doubles. */
export function doubleInteger(value: bigint): string {
  if (BigInt(Number(value)) === value) return String(value)
  throw new Unwritable(`no integer as large as ${shortened(value)}; pass it as text with --raw`)
}

function shortened(value: bigint): string {
  const text = String(value)
  return cutText(text, 40)
}
