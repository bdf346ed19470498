import { backslashed, type Escapes, quote, unitEscape } from './literals.ts'
import { nameTest, type Translator, writer } from './translator.ts'

const reserved =
  'arguments await break case catch class const continue debugger default delete do else enum ' +
  'eval export extends false finally for function if implements import in instanceof interface ' +
  'let new null package private protected public return static super switch this throw true try ' +
  'typeof undefined var void while with yield NaN Infinity'

const escapes: Escapes = { special: backslashed, codePoint: unitEscape }

const text = (value: string) => quote(value, escapes)

const write = writer({
  null: 'null',
  true: 'true',
  false: 'false',
  nan: 'NaN',
  infinity: 'Infinity',
  negativeInfinity: '-Infinity',
  integer: (value) => (BigInt.asIntN(54, value) === value ? String(value) : `${value}n`),
  text,
  list: (items) => `[${items.join(', ')}]`,
  // "__proto__" without brackets would set the prototype.
  map: (entries) =>
    `{${entries
      .map(({ key, item }) => `${key === '__proto__' ? `[${text(key)}]` : text(key)}: ${item}`)
      .join(', ')}}`,
})

export const typescript: Translator = {
  language: 'TypeScript',
  heading: '// Parameters',
  isName: nameTest(/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u, reserved),
  write,
  assign: (name, value) => `let ${name} = ${write(value)}`,
}
