import { parse } from 'lossless-json'
import type { ParameterMap, ParameterValue } from '../parameters/parameter.ts'
import { cutText } from '../util/text.ts'
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

/**
 * Whether lists and objects are nested deeper than that in JSON text, which need not be well formed.
 * It goes through the text once, so that nothing recursive has to read what is too deep for it.
 */
function isJsonDeeperThan(levels: number, json: string): boolean {
  let level = 0
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') at = endOfText(json, at)
    else if (char === '[' || char === '{') level++
    else if (char === ']' || char === '}') level--
    if (level > levels) return true
  }
  return false
}

/** Where the text whose quote is at `start` has its other quote; the end of all when it has none. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '"') return at
    if (json[at] === '\\') at++
  }
  return json.length
}
