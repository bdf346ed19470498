import { isList, type ParameterValue } from '../parameter.ts'
import { type Escapes, hex, quote, widthOf } from './literals.ts'
import {
  type Entry,
  nameTest,
  type Translator,
  UnsupportedValueError,
  writer,
} from './translator.ts'

/** Variables that cannot be set, in lower case. */
const constants =
  'enabledexperimentalfeatures error executioncontext false home host iscoreclr islinux ismacos ' +
  'iswindows null pid psculture psedition pshome psuiculture psversiontable shellid true'

/** Curly quotes end a text as straight ones do. */
const escapes: Escapes = {
  special: {
    '`': '``',
    $: '`$',
    '"': '`"',
    '\u201c': '`\u201c',
    '\u201d': '`\u201d',
    '\u201e': '`\u201e',
    '\n': '`n',
    '\r': '`r',
    '\t': '`t',
  },
  codePoint: (code) => `\`u{${hex(code, 1)}}`,
}

const text = (value: string) => quote(value, escapes)

const write = writer({
  null: '$Null',
  true: '$True',
  false: '$False',
  nan: '[double]::NaN',
  infinity: '[double]::PositiveInfinity',
  negativeInfinity: '[double]::NegativeInfinity',
  integer: (value) => (widthOf(value) === 'more' ? `[bigint]::Parse("${value}")` : String(value)),
  text,
  list,
  map,
})

/** A list that holds nothing but a list would be taken for that list. */
function list(items: readonly string[], values: readonly ParameterValue[]): string {
  const isNested = values.length === 1 && isList(values[0])
  return `@(${isNested ? ',' : ''}${items.join(', ')})`
}

/** The keys of a map are the same to it in capitals and in small letters. */
function map(entries: readonly Entry[]): string {
  const keys = new Set(entries.map(({ key }) => key.toLowerCase()))
  if (keys.size < entries.length) {
    throw new UnsupportedValueError('no map with keys that differ in capitals alone')
  }
  return `@{${entries.map(({ key, item }) => `${text(key)} = ${item}`).join('\n ')}}`
}

const isName = nameTest(/^[\p{L}_][\p{L}\p{Nd}_]*$/u, constants)

export const powershell: Translator = {
  language: 'PowerShell',
  heading: '# Parameters',
  isName: (name) => isName(name) && isName(name.toLowerCase()),
  write,
  assign: (name, value) => `$${name} = ${write(value)}`,
}
