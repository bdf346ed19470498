import { backslashed, type Escapes, quote, shortEscape } from './literals.ts'
import { nameTest, type Translator, writer } from './translator.ts'

const keywords =
  'False None True and as assert async await break class continue def del elif else except ' +
  'finally for from global if import in is lambda nonlocal not or pass raise return try while ' +
  'with yield __debug__'

const escapes: Escapes = {
  special: backslashed,
  codePoint: shortEscape,
}

const text = (value: string) => quote(value, escapes)

const write = writer({
  null: 'None',
  true: 'True',
  false: 'False',
  nan: "float('nan')",
  infinity: "float('inf')",
  negativeInfinity: "float('-inf')",
  integer: String,
  text,
  list: (items) => `[${items.join(', ')}]`,
  map: (entries) => `{${entries.map(({ key, item }) => `${text(key)}: ${item}`).join(', ')}}`,
})

export const python: Translator = {
  language: 'Python',
  heading: '# Parameters',
  // Newer Unicode has joiners among these, Python has not.
  isName: nameTest(/^[\p{XID_Start}_](?:(?![\u200c\u200d])\p{XID_Continue})*$/u, keywords),
  write,
  assign: (name, value) => `${name} = ${write(value)}`,
}
