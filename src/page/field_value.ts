import { expectedInstead, type ValueKind } from '../parameters/declared_type.ts'
import { floatText } from '../parameters/parameter.ts'
import { typedValue } from '../request/typing.ts'

/** The value that the text of a field represents. */
export type FieldValue =
  /** `json`: the JSON text for the request body. */
  | { readonly type: 'json'; readonly kind: Kind; readonly json: string }
  /** A value that JSON does not have: the text goes into the query, which is read like `-p`. */
  | { readonly type: 'query'; readonly kind: Kind; readonly text: string }
  | { readonly type: 'problem'; readonly message: string }

type Kind = 'text' | 'integer' | 'float' | 'True' | 'False' | 'None' | 'list' | 'map'

const textTypes = new Set(['str', 'string', 'text', 'character', 'char', 'path'])

/**
 * Reads a field like a value of `-p`, and also JSON arrays, objects and strings in double quotes. For
 * a parameter of type text, the value is always text.
 */
export function fieldValue(text: string, type: string | null): FieldValue {
  const written = text.trim()
  const isQuoted = written.length > 1 && written.startsWith('"') && written.endsWith('"')
  if (isQuoted && isJson(written)) return { type: 'json', kind: 'text', json: written }
  if (type !== null && textTypes.has(type.toLowerCase())) return textValue(text)
  const value = /^[[{]/.test(written) ? structure(written) : simpleValue(text)
  const expected = value.type === 'problem' ? null : expectedInstead(valueKinds[value.kind], type)
  return expected === null ? value : { type: 'problem', message: `This takes ${expected}` }
}

/** What the kinds are for the type of a parameter. */
const valueKinds: Readonly<Record<Kind, ValueKind>> = {
  text: 'text',
  integer: 'integer',
  float: 'float',
  True: 'boolean',
  False: 'boolean',
  None: 'none',
  list: 'list',
  map: 'map',
}

function simpleValue(text: string): FieldValue {
  const value = attempt(() => typedValue(text))
  switch (typeof value) {
    case 'bigint':
      return { type: 'json', kind: 'integer', json: String(value) }
    case 'number':
      if (!Number.isFinite(value)) return { type: 'query', kind: 'float', text }
      return { type: 'json', kind: 'float', json: floatText(value) }
    case 'boolean':
      return { type: 'json', kind: value ? 'True' : 'False', json: String(value) }
    case 'string':
      return textValue(value)
    default:
      if (value === null) return { type: 'json', kind: 'None', json: 'null' }
      return { type: 'problem', message: 'This number has too many digits' }
  }
}

function structure(written: string): FieldValue {
  const kind = written.startsWith('[') ? 'list' : 'map'
  if (isJson(written)) return { type: 'json', kind, json: written }
  return {
    type: 'problem',
    message: `This begins like a ${kind} and is no JSON. To send it as text, put it in double quotes`,
  }
}

function textValue(text: string): FieldValue {
  return { type: 'json', kind: 'text', json: JSON.stringify(text) }
}

function isJson(text: string): boolean {
  return attempt(() => JSON.parse(text) as unknown) !== undefined
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
