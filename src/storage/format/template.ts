import { FormatError } from './format_error.ts'

/** A piece of a text to format: itself, or a value that takes its place. */
export type Piece = string | Field

/** A replacement field of Python's `str.format()`. */
export interface Field {
  /** As it was written, with its braces. */
  readonly text: string
  readonly name: string
  /** The keys or positions that lead from the value of this name to one in it. */
  readonly keys: readonly string[]
  readonly conversion: Conversion | null
  /** How the value is written; a text to format itself. */
  readonly spec: string
}

/** What the value becomes before it is formatted: as `str()`, `repr()` or `ascii()` have it. */
export type Conversion = 's' | 'r' | 'a'

const piecePattern =
  /([^{}]+)|(\{\{|\}\})|\{((?:[^{}:![]|\[[^\]{}]*\])*)(?:!([^{}:]*))?(?::((?:[^{}]|\{[^{}]*\})*))?\}/gy

/** Reads a format string of Python; throws FormatError. */
export function parseTemplate(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const [found, literal, brace, reference, conversion, spec = ''] of text.matchAll(
    piecePattern,
  )) {
    end += found.length
    if (literal !== undefined) pieces.push(literal)
    else if (brace !== undefined) pieces.push(brace.slice(1))
    else pieces.push(readField(found, { reference, conversion, spec }))
  }
  if (end === text.length) return pieces
  throw new FormatError(
    `${JSON.stringify(text.slice(end))} begins with a brace that belongs to no placeholder`,
    'write "{{" or "}}" for a brace',
  )
}

interface FieldParts {
  readonly reference: string | undefined
  readonly conversion: string | undefined
  readonly spec: string
}

function readField(text: string, { reference = '', conversion, spec }: FieldParts): Field {
  const [, name, steps] = /^([^.[\]]*)((?:\[[^\]]+\]|\.[^.[\]]+)*)$/.exec(reference) ?? []
  if (name === undefined || steps === undefined) {
    throw new FormatError(`${JSON.stringify(text)} is no placeholder`, 'write it as "{name[key]}"')
  }
  if (steps.replaceAll(/\[[^\]]+\]/g, '') !== '') {
    const reason = `${JSON.stringify(text)} asks for an attribute, and parameters have none`
    throw new FormatError(reason, 'write "{name[key]}" for an item of a list or map')
  }
  const keys = Array.from(steps.matchAll(/\[([^\]]+)\]/g), ([, key = '']) => key)
  return { text, name, keys, conversion: readConversion(text, conversion), spec }
}

function readConversion(text: string, conversion: string | undefined): Conversion | null {
  if (conversion === undefined) return null
  if (conversion === 's' || conversion === 'r' || conversion === 'a') return conversion
  const reason = `${JSON.stringify(text)} has a conversion that is not known`
  throw new FormatError(reason, 'there is "!s", "!r" and "!a"')
}
