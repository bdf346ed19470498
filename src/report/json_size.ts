import { jsonText } from '../exact_json.ts'
import { safeJson } from '../safe_text.ts'
import { childrenOf, isTree } from './json_tree.ts'

/** How many bytes `value` takes as JSON in UTF-8, in the way of `safeJson`. */
export function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(safeJson(jsonText(value)))
}

/** Exact up to `enough`, and then only more than that: megabytes are not written to be counted. */
export function sizeOf(value: unknown, enough: number): number {
  if (typeof value === 'string' && value.length > enough) return value.length
  if (!isTree(value)) return jsonBytes(value)
  let bytes = '{}'.length
  for (const { name, child } of childrenOf(value)) {
    if (bytes > enough) break
    bytes += nameSize(name) + sizeOf(child, enough - bytes)
  }
  return bytes
}

/** Of a child in its tree: its name and the punctuation around it. */
export function nameSize(name: string | number): number {
  return typeof name === 'number' ? ','.length : jsonBytes(name) + ':,'.length
}

/** The longest start of `text` that takes at most `maxBytes` as JSON, with its quotes. */
export function startOf(text: string, maxBytes: number): string {
  let fits = 0
  let bytes = '""'.length
  let tooLong = Math.min(text.length, Math.max(maxBytes, 0)) + 1
  while (tooLong - fits > 1) {
    const middle = between(text, fits, tooLong)
    // Only what is new is measured: the text may have megabytes.
    const size = bytes + jsonBytes(text.slice(fits, middle)) - '""'.length
    if (size > maxBytes) tooLong = middle
    else [fits, bytes] = [middle, size]
  }
  return text.slice(0, splitsPair(text, fits) ? fits - 1 : fits)
}

/** Half way, and where there is a choice not within a character. */
function between(text: string, fits: number, tooLong: number): number {
  const middle = Math.floor((fits + tooLong) / 2)
  if (!splitsPair(text, middle)) return middle
  if (middle - 1 > fits) return middle - 1
  return middle + 1 < tooLong ? middle + 1 : middle
}

function splitsPair(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(at - 1, 0), at + 1))
}
