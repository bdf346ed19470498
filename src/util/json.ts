import { stringify } from 'lossless-json'

/** The limit of Python, and so of Jupyter Server, for the digits of an integer. */
const maxDigits = 4300

/** Numbers that JSON.parse changes or refuses; inside a string a match only costs the slower way. */
const strangeNumber = /(?:^|[:,[])\s*-?(?:\d{16}|\d[\d.]*[eE]\+?\d{3}|NaN|Infinity)/

/** Each such number as a whole, where it is not part of another number or word. */
const strangeNumbers =
  /(?<![\w.+-])-?(?:\d{16,}(?:\.\d+)?(?:[eE][-+]?\d+)?|\d+(?:\.\d+)?[eE]\+?\d{3,}|NaN|Infinity)/g

/**
 * Reads JSON as JSON.parse does, but loses no digit: integers beyond 2^53 become bigints, and numbers
 * beyond the range of doubles ("1e400") strings. The bare NaN and Infinity of some writers become null.
 */
export function parseJson(text: string): unknown {
  if (!mayHoldStrangeNumber(text)) return JSON.parse(text)
  const mark = crypto.randomUUID()
  return withIntegers(JSON.parse(marked(text, mark)), mark)
}

/** The same; undefined for a text that is no JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** Returns what to write in place of a value, as for JSON.stringify. */
export type Replacer = (name: string, value: unknown) => unknown

/**
 * Writes JSON as JSON.stringify does, and bigints as integers. Half a surrogate pair, which Python can
 * read but not store, becomes U+FFFD.
 */
export function jsonText(value: unknown, indent?: number, replacer?: Replacer): string {
  const json = anyJsonText(value, indent, replacer)
  return json.includes('\\ud') ? json.replace(escape, wellFormed) : json
}

function anyJsonText(value: unknown, indent?: number, replacer?: Replacer): string {
  try {
    return JSON.stringify(value, replacer, indent) ?? 'null'
  } catch (error) {
    if (!(typeof error === 'object' && error !== null && 'name' in error)) throw error
    if (error.name !== 'TypeError') throw error
    return stringify(value, replacer, indent) ?? 'null'
  }
}

const escape = /\\(?:ud[89a-f][0-9a-f]{2}|[^])/g

function wellFormed(escaped: string): string {
  return escaped.startsWith('\\ud') ? '\\ufffd' : escaped
}

/** Skipping strings is quicker where they are few and long, such as a printed megabyte. */
const longJson = 65_536
const maxSkips = 1_000

function mayHoldStrangeNumber(json: string): boolean {
  let end = 0
  for (let count = 0; json.length - end > longJson && count < maxSkips; count++) {
    const quote = nextQuote(json, end)
    if (strangeNumber.test(json.slice(end, quote))) return true
    end = endOfString(json, quote)
  }
  return strangeNumber.test(json.slice(end))
}

/** The JSON with such numbers written as strings; numbers inside its own strings stay. */
function marked(json: string, mark: string): string {
  const parts: string[] = []
  let done = 0
  let quote = nextQuote(json, 0)
  let end = 0
  for (const { index, 0: number } of json.matchAll(strangeNumbers)) {
    for (; quote < index; quote = nextQuote(json, end)) end = endOfString(json, quote)
    if (end > index) continue
    parts.push(json.slice(done, index), jsonNumber(number, mark))
    done = index + number.length
  }
  return parts.join('') + json.slice(done)
}

function jsonNumber(number: string, mark: string): string {
  if (/[NI]/.test(number)) return 'null'
  const value = Number(number)
  if (!/^-?\d+$/.test(number)) return Number.isFinite(value) ? number : `"${number}"`
  if (Number.isSafeInteger(value)) return number
  return number.length <= maxDigits ? `"${mark}${number}"` : `"${number}"`
}

/**
 * The index after the string that begins with the quote at `start`. Not found by a regular expression:
 * a string may have millions of escapes, too many for one.
 */
function endOfString(json: string, start: number): number {
  let quote = nextQuote(json, start + 1)
  while (quote < json.length && isEscaped(json, quote)) quote = nextQuote(json, quote + 1)
  return quote + 1
}

function nextQuote(json: string, from: number): number {
  const at = json.indexOf('"', from)
  return at === -1 ? json.length : at
}

function isEscaped(json: string, at: number): boolean {
  let first = at
  while (json[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

type Tree = Record<string, unknown>

/** Without recursion: JSON may be nested deeper than the stack allows. */
function withIntegers(root: unknown, mark: string): unknown {
  const holder: Tree = { root }
  const todo = [holder]
  for (let tree = todo.pop(); tree !== undefined; tree = todo.pop()) {
    for (const name of Object.keys(tree)) {
      const value = tree[name]
      if (isTree(value)) todo.push(value)
      if (typeof value !== 'string' || !value.startsWith(mark)) continue
      tree[name] = BigInt(value.slice(mark.length))
    }
  }
  return holder['root']
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null
}
