import type { ParameterValue } from '../../parameter.ts'
import { widthOf } from './integers.ts'
import { backslashed, quote, wideEscape, type Escapes } from './quote.ts'
import { nameTest, writer, type Entry, type Translator } from './translator.ts'
import { isUniform } from './uniform.ts'

const keywords =
  'abstract and as assert base begin class const default delegate do done downcast downto elif ' +
  'else end exception extern false finally fixed for fun function global if in inherit inline ' +
  'interface internal lazy let match member module mutable namespace new not null of open or ' +
  'override private public rec return select sig static struct then to true try type upcast use ' +
  'val void when while with yield _'

const escapes: Escapes = { special: backslashed, codePoint: wideEscape }

const text = (value: string) => quote(value, escapes)

const write = writer({
  null: 'None',
  true: 'true',
  false: 'false',
  nan: 'nan',
  infinity: 'infinity',
  negativeInfinity: '-infinity',
  integer,
  text,
  list,
  map: (entries) => `[ ${entries.map(pair).join('; ')} ] |> Map.ofList`,
})

function integer(value: bigint): string {
  const width = widthOf(value)
  if (width === 'more') return `${value}I`
  return width === 64 ? `${value}L` : String(value)
}

/** Values of several types are boxed: a list has one type. */
function list(items: readonly string[], values: readonly ParameterValue[]): string {
  const widths = values.map((value) => (typeof value === 'bigint' ? widthOf(value) : null))
  const hasOneType = isUniform(values) && new Set(widths).size <= 1
  const boxed = (item: string, place: number) => (values[place] === null ? 'null' : `box (${item})`)
  return `[ ${(hasOneType ? items : items.map(boxed)).join('; ')} ]`
}

function pair({ key, item, value }: Entry): string {
  return `(${text(key)}, ${value === null ? '(null : IComparable)' : `${item} :> IComparable`})`
}

export const fsharp: Translator = {
  language: 'F#',
  heading: '(* Parameters *)',
  isName: nameTest(/^[\p{L}_][\p{L}\p{Nd}_']*$/u, keywords),
  write,
  assign: (name, value) => `let ${name} = ${write(value)}`,
}
