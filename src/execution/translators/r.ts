import { doubleInteger } from './integers.ts'
import { backslashed, quote, wideEscape, withoutNul, type Escapes } from './quote.ts'
import { nameTest, Unwritable, writer, type Entry, type Translator } from './translator.ts'

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
  text,
  list: (items) => `list(${items.join(', ')})`,
  map: (entries) => `list(${entries.map(named).join(', ')})`,
})

function named({ key, item }: Entry): string {
  if (key === '') throw new Unwritable('no empty name in a list')
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
