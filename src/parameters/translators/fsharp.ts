import type { ParameterValue } from '../parameter.ts'
import {
  backslashed,
  type Escapes,
  isUniform,
  quote,
  wideEscape,
  widthName,
  widthOf,
} from './literals.ts'
import { type Entry, nameTest, type Translator, writer } from './translator.ts'

const keywords =
  'abstract and as asr assert base begin break checked class component const constraint ' +
  'continue default delegate do done downcast downto elif else end event exception extern ' +
  'external false finally fixed for fun function global if in include inherit inline interface ' +
  'internal land lazy let lor lsl lsr match member mixin mod module mutable namespace new not ' +
  'null of open or override parallel private process protected public pure rec return sealed ' +
  'select sig static struct tailcall then to trait true try type upcast use val virtual void ' +
  'when while with yield _'

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
  map,
})

function integer(value: bigint): string {
  const width = widthOf(value)
  if (width === 'more') return `${value}I`
  return width === 64 ? `${value}L` : String(value)
}

/** Values of several types are boxed: a list has one type. */
function list(items: readonly string[], values: readonly ParameterValue[]): string {
  const hasOneType = isUniform(values, widthName)
  const boxed = (item: string, place: number) => (values[place] === null ? 'null' : `box (${item})`)
  return `[ ${(hasOneType ? items : items.map(boxed)).join('; ')} ]`
}

/** An empty map needs its types written out. */
function map(entries: readonly Entry[]): string {
  if (entries.length === 0) return 'Map.empty<string, IComparable>'
  return `[ ${entries.map(pair).join('; ')} ] |> Map.ofList`
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
