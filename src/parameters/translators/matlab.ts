import { doubleInteger, hidden } from './literals.ts'
import { type Entry, nameTest, type Translator, writer } from './translator.ts'

const keywords =
  'break case catch classdef continue else elseif end for function global if otherwise parfor ' +
  'persistent return spmd switch try while'

const write = writer({
  null: 'NaN',
  true: 'true',
  false: 'false',
  nan: 'NaN',
  infinity: 'Inf',
  negativeInfinity: '-Inf',
  integer: doubleInteger,
  text,
  list: (items) => `{${items.join(', ')}}`,
  map,
})

/** MATLAB's quotes know no escapes but their own doubling: what is hidden is added by number. */
function text(value: string): string {
  const pieces = piecesOf(value)
  const first = pieces[0] ?? ''
  const all = hidden.test(first) ? ['', ...pieces] : pieces
  return all.map((piece) => (hidden.test(piece) ? codes(piece) : inQuotes(piece, '"'))).join('+')
}

/** The keys of a map are arrays of characters. */
function characters(value: string): string {
  const pieces = piecesOf(value)
  const written = pieces.map((piece) => (hidden.test(piece) ? codes(piece) : inQuotes(piece, "'")))
  return written.length === 1 ? written.join('') : `[${written.join(' ')}]`
}

function map(entries: readonly Entry[]): string {
  if (entries.length === 0) return 'containers.Map()'
  const keys = entries.map(({ key }) => characters(key)).join(', ')
  return `containers.Map({${keys}}, {${entries.map(({ item }) => item).join(', ')}})`
}

const homogeneous = /(?:(?! )[\p{C}\p{Z}])+|(?: |[^\p{C}\p{Z}])+/gu

/** The text cut into parts that are hidden as a whole or not at all. */
function piecesOf(value: string): readonly string[] {
  return value.match(homogeneous) ?? ['']
}

function codes(piece: string): string {
  const numbers = piece.split('').map((unit) => unit.charCodeAt(0))
  return numbers.length === 1 ? `char(${numbers.join('')})` : `char([${numbers.join(' ')}])`
}

function inQuotes(piece: string, mark: string): string {
  return mark + piece.replaceAll(mark, mark + mark) + mark
}

export const matlab: Translator = {
  language: 'MATLAB',
  heading: '% Parameters',
  isName: nameTest(/^[A-Za-z]\w{0,62}$/, keywords),
  write,
  assign: (name, value) => `${name} = ${write(value)};`,
}
