import { cutText } from '../cut_text.ts'
import { parse } from 'lossless-json'
import type { ParameterMap, ParameterValue } from '../parameter.ts'
import { isJsonDeeperThan } from './json_levels.ts'
import { readInteger } from './typing.ts'

const maxLevels = 100

/** Reads a JSON object: 1 and 1.0 stay apart, integers are exact; throws an Error that says what is wrong. */
export function readJsonObject(text: string): ParameterMap {
  // What comes from here on is recursive. The outermost object is no level: it holds the names.
  if (isJsonDeeperThan(maxLevels + 1, text)) {
    throw new Error(`it is nested more than ${maxLevels} levels deep`)
  }
  const value = convert(parse(text, null, { parseNumber: readNumber }))
  if (value instanceof Map) return value
  throw new Error('it is no object')
}

function readNumber(text: string): bigint | number {
  if (/^-?\d+$/.test(text)) return readInteger(text)
  const value = Number(text)
  if (Number.isFinite(value)) return value
  throw new Error(`the number ${cutText(text, 40)} is too large for a float`)
}

function convert(value: unknown): ParameterValue {
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    return new Map(entries.map(([key, child]) => [wellFormed(key), convert(child)]))
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return value
  if (typeof value === 'number') return value
  if (typeof value === 'string') return wellFormed(value)
  throw new Error('it has a value of a kind that is none of JSON')
}

function wellFormed(text: string): string {
  if (/\p{Cs}/u.test(text)) throw new Error('it has half of a surrogate pair')
  return text
}
