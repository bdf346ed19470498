import { backslashed, type Escapes, isUniform, quote, wideEscape } from './literals.ts'
import { nameTest, type Translator, writer } from './translator.ts'

const keywords =
  'baremodule begin break catch const continue do else elseif end export false finally for ' +
  'function global if import in isa let local macro module quote return struct true try using while'

const escapes: Escapes = { special: { ...backslashed, $: '\\$' }, codePoint: wideEscape }

const text = (value: string) => quote(value, escapes)

const write = writer({
  null: 'nothing',
  true: 'true',
  false: 'false',
  nan: 'NaN',
  infinity: 'Inf',
  negativeInfinity: '-Inf',
  integer: String,
  text,
  // A list of mixed numbers would be made one of floats.
  list: (items, values) => `${isUniform(values) ? '' : 'Any'}[${items.join(', ')}]`,
  map: (entries) => `Dict(${entries.map(({ key, item }) => `${text(key)} => ${item}`).join(', ')})`,
})

export const julia: Translator = {
  language: 'Julia',
  heading: '# Parameters',
  isName: nameTest(/^(?!_+$)[\p{L}_][\p{L}\p{Nd}_!]*$/u, keywords),
  write,
  assign: (name, value) => `${name} = ${write(value)}`,
}
