import { floatText } from '../parameter.ts'
import {
  backslashed,
  doubleInteger,
  type Escapes,
  quote,
  wideEscape,
  withoutNul,
} from './literals.ts'
import {
  type Entry,
  nameTest,
  type Translator,
  UnsupportedValueError,
  writer,
} from './translator.ts'

const reserved =
  'if else repeat while function for next break TRUE FALSE NULL Inf NaN NA NA_integer_ NA_real_ ' +
  'NA_complex_ NA_character_ in'

/** R reads its source in the locale's encoding; escapes are right in every locale. */
const escapes: Escapes = { special: backslashed, codePoint: wideEscape, asciiOnly: true }

const text = (value: string) => quote(withoutNul(value), escapes)

const write = writer({
  null: 'NULL',
  true: 'TRUE',
  false: 'FALSE',
  nan: 'NaN',
  infinity: 'Inf',
  negativeInfinity: '-Inf',
  integer: doubleInteger,
  float: exactFloat,
  text,
  list: (items) => `list(${items.join(', ')})`,
  map: (entries) => `list(${entries.map(named).join(', ')})`,
})

/** A number that a person would type stays as it is. */
const typed = /^-?\d{1,15}(?:\.\d{1,15})?$/

/**
 * R reads long numbers and large powers of ten a little off, in one case of some thousands: those
 * are written as a whole number times a power of two, which it takes exactly.
 */
function exactFloat(value: number): string {
  const decimal = floatText(value)
  if (typed.test(decimal) && decimal.replace(/\D/g, '').length <= 16) return decimal
  let power = 0
  let whole = value
  for (; !Number.isInteger(whole); power--) whole *= 2
  for (; Math.abs(whole) > Number.MAX_SAFE_INTEGER; power++) whole /= 2
  return power === 0 ? decimal : `${whole} * 2^${power}`
}

function named({ key, item }: Entry): string {
  if (key === '') throw new UnsupportedValueError('no empty name in a list')
  return `${text(key)} = ${item}`
}

const isName = nameTest(/^(?:\p{L}|\.(?!\d))[\p{L}\p{Nd}._]*$/u, reserved)

/** No name begins with "_" in R: papermill drops it, and so do we. */
function bare(name: string): string {
  return name.replace(/^_+/, '')
}

export const r: Translator = {
  language: 'R',
  heading: '# Parameters',
  isName: (name) => isName(bare(name)),
  write,
  assign: (name, value) => `${bare(name)} = ${write(value)}`,
}
