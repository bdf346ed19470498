import { parse } from 'lossless-json'
import type { ParameterMap, ParameterValue } from '../parameter.ts'
import { readInteger } from './typing.ts'

const deepest = 100

/** Reads a JSON object: 1 and 1.0 stay apart, integers are exact; throws an Error that says what is wrong. */
export function readJsonObject(text: string): ParameterMap {
  const value = convert(parsed(text), 0)
  if (value instanceof Map) return value
  throw new Error('it is no object')
}

function parsed(text: string): unknown {
  try {
    return parse(text, null, { parseNumber: readNumber })
  } catch (error) {
    const { name }: { readonly name?: unknown } = Object(error)
    throw name === 'RangeError' ? tooDeep() : error // the stack was not enough
  }
}

function tooDeep(): Error {
  return new Error(`it is nested more than ${deepest} levels deep`)
}

function readNumber(text: string): bigint | number {
  if (/^-?\d+$/.test(text)) return readInteger(text)
  const value = Number(text)
  if (Number.isFinite(value)) return value
  throw new Error(`the number ${text.slice(0, 40)} is too large for a float`)
}

function convert(value: unknown, depth: number): ParameterValue {
  if (depth > deepest) throw tooDeep()
  if (Array.isArray(value)) return value.map((child) => convert(child, depth + 1))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    return new Map(entries.map(([key, child]) => [wellFormed(key), convert(child, depth + 1)]))
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
