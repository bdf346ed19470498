/** What a statement is made of: its strings as the language reads them, and all that is code. */
export interface Literals {
  readonly strings: readonly string[]
  /** The statement with `""` for every string. */
  readonly skeleton: string
}

/** How one language reads a string in double quotes, written down from its own specification. */
export interface StringSyntax {
  /** The escapes of one letter behind the sign. */
  readonly letters: Readonly<Record<string, string>>
  readonly sign: '\\' | '`' | null
  /** A number behind the sign; its first group holds the hexadecimal digits. */
  readonly number: RegExp | null
  /** What ends a string beside a straight quote. */
  readonly quotes?: string
  /** What would be code within the string. */
  readonly interpolation?: string
  /** Characters that must not stand in a string as they are. */
  readonly lineEnds: string
}

/** Reads a statement as the language's lexer would; throws where a string is not one. */
export function literalsOf(statement: string, syntax: StringSyntax): Literals {
  const strings: string[] = []
  let skeleton = ''
  for (let at = 0; at < statement.length;) {
    if (statement[at] !== '"') {
      skeleton += statement[at]
      at += 1
      continue
    }
    const { text, end } = stringAt(statement, at + 1, syntax)
    strings.push(text)
    skeleton += '""'
    at = end
  }
  return { strings, skeleton }
}

function stringAt(source: string, start: number, syntax: StringSyntax) {
  const { sign, quotes = '', interpolation = '', lineEnds } = syntax
  let text = ''
  for (let at = start; at < source.length;) {
    const char = source[at] ?? ''
    if (char === '"') return { text, end: at + 1 }
    if (quotes.includes(char)) throw new Error(`The string ends at ${char}`)
    if (interpolation.includes(char)) throw new Error(`There is code behind ${char}`)
    if (lineEnds.includes(char)) throw new Error('A line ends within the string')
    const escape = char === sign ? escapeAt(source, at + 1, syntax) : { text: char, length: 0 }
    text += escape.text
    at += 1 + escape.length
  }
  throw new Error('The string does not end')
}

function escapeAt(source: string, at: number, { letters, number }: StringSyntax) {
  const char = source[at] ?? ''
  if (Object.hasOwn(letters, char)) return { text: letters[char] ?? '', length: 1 }
  const found = number?.exec(source.slice(at, at + 10))
  const digits = found?.slice(1).find((group) => group !== undefined)
  if (found === null || found === undefined || digits === undefined) {
    throw new Error(`There is no escape ${source.slice(at - 1, at + 9)}`)
  }
  return { text: String.fromCodePoint(Number.parseInt(digits, 16)), length: found[0].length }
}
