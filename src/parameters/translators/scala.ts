import { backslashed, type Escapes, isUniform, quote, unitEscape, widthOf } from './literals.ts'
import { nameTest, type Translator, writer } from './translator.ts'

const keywords =
  'abstract case catch class def do else enum export extends false final finally for forSome given ' +
  'if implicit import lazy macro match new null object override package private protected return ' +
  'sealed super then this throw trait true try type val var while with yield _'

const escapes: Escapes = { special: backslashed, codePoint: unitEscape }

const text = (value: string) => quote(value, escapes)

const write = writer({
  null: 'None',
  true: 'true',
  false: 'false',
  nan: 'Double.NaN',
  infinity: 'Double.PositiveInfinity',
  negativeInfinity: 'Double.NegativeInfinity',
  integer,
  text,
  // A list of mixed numbers would be made one of doubles.
  list: (items, values) => `Seq${isUniform(values) ? '' : '[Any]'}(${items.join(', ')})`,
  map: (entries) => `Map(${entries.map(({ key, item }) => `${text(key)} -> ${item}`).join(', ')})`,
})

function integer(value: bigint): string {
  const width = widthOf(value)
  if (width === 'more') return `BigInt("${value}")`
  return width === 64 ? `${value}L` : String(value)
}

export const scala: Translator = {
  language: 'Scala',
  heading: '// Parameters',
  isName: nameTest(/^[\p{L}_$][\p{L}\p{Nd}_$]*$/u, keywords),
  write,
  assign: (name, value) => `val ${name} = ${write(value)}`,
}
