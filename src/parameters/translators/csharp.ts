import { isList, type ParameterValue } from '../parameter.ts'
import {
  backslashed,
  type Escapes,
  isUniform,
  quote,
  wideEscape,
  widthName,
  widthOf,
} from './literals.ts'
import { nameTest, type Translator, writer } from './translator.ts'

const keywords =
  'abstract as await base bool break byte case catch char checked class const continue decimal default ' +
  'delegate do double else enum event explicit extern false finally fixed float for foreach goto ' +
  'if implicit in int interface internal is lock long namespace new null object operator out ' +
  'override params private protected public readonly ref return sbyte sealed short sizeof ' +
  'stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe ' +
  'ushort using virtual void volatile while'

const escapes: Escapes = { special: backslashed, codePoint: wideEscape }

const text = (value: string) => quote(value, escapes)

const write = writer({
  null: 'null',
  true: 'true',
  false: 'false',
  nan: 'double.NaN',
  infinity: 'double.PositiveInfinity',
  negativeInfinity: 'double.NegativeInfinity',
  integer,
  text,
  list: (items, values) => `new ${hasOneType(values) ? '' : 'object'}[] { ${items.join(', ')} }`,
  map: (entries) => {
    const pairs = entries.map(({ key, item }) => `{ ${text(key)} , ${item} }`)
    return `new Dictionary<string,Object>{ ${pairs.join(', ')} }`
  },
})

function integer(value: bigint): string {
  const width = widthOf(value)
  if (width === 'more') return `System.Numerics.BigInteger.Parse("${value}")`
  return width === 64 ? `${value}L` : String(value)
}

/** Whether the compiler finds a list's type by itself: it widens integers, but no lists of them. */
function hasOneType(values: readonly ParameterValue[]): boolean {
  const areLists = values.some((value) => isList(value))
  const isOne = areLists ? isUniform(values, widthName) : isUniform(values)
  return values.length > 0 && !values.includes(null) && isOne
}

export const csharp: Translator = {
  language: 'C#',
  heading: '// Parameters',
  isName: nameTest(/^[\p{L}_][\p{L}\p{Nd}_]*$/u, keywords),
  write,
  assign: (name, value) => `var ${name} = ${value === null ? '(object)null' : write(value)};`,
}
