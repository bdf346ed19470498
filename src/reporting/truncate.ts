import { jsonText } from '../util/json.ts'
import { safeJson, splitsPair } from '../util/text.ts'

/** More than the list of what was cut can take. */
const truncatedBytes = 8_000

/** The object as JSON of at most `maxBytes`: where it had to be cut, its `truncated` names what. */
export function limitedJson(tree: object, maxBytes: number): string {
  const whole = shrink(tree, maxBytes)
  if (whole.cut.length === 0) return safeJson(jsonText(whole.value))
  const { value, cut } = shrink(tree, maxBytes - truncatedBytes)
  return safeJson(jsonText({ ...value, truncated: listOf(cut) }))
}

/** The paths that were cut, for people: the first of them when there are many. */
function listOf(paths: readonly string[]): readonly string[] {
  const first = paths.slice(0, 20).map((path) => startOf(path, 200))
  const more = paths.length - first.length
  return more > 0 ? [...first, `and ${more} more`] : first
}

export interface Shrunk {
  readonly value: object
  /** The paths of what was shortened: `result.data["text/plain"]`. */
  readonly cut: readonly string[]
}

interface Place {
  readonly path: string
  readonly maxBytes: number
  readonly cut: string[]
}

/** What nests deeper is of no use in a log entry, and too deep for those who read it. */
const maxDepth = 30

const ellipsis = '…'

/** JSON data in at most `maxBytes`: of what stands side by side, the longest is shortened first. */
export function shrink(tree: object, maxBytes: number): Shrunk {
  const place = { path: '', maxBytes, cut: [] }
  const flat = flatTree(tree, place, maxDepth)
  return { value: sizeOf(flat, maxBytes) <= maxBytes ? flat : fitTree(flat, place), cut: place.cut }
}

function flatTree(tree: object, place: Place, depth: number): object {
  if (!isDeeperThan(depth, tree)) return tree
  const children = Array.from(childrenOf(tree), ({ name, child }) => {
    const childPlace = { ...place, path: pathTo(name, place.path) }
    return { name, child: isTree(child) ? flatChild(child, childPlace, depth - 1) : child }
  })
  return rebuilt(tree, children)
}

function flatChild(tree: object, place: Place, depth: number): unknown {
  if (depth > 0) return flatTree(tree, place, depth)
  place.cut.push(place.path)
  return ellipsis
}

function isDeeperThan(depth: number, value: unknown): boolean {
  if (!isTree(value)) return false
  return depth === 0 || Object.values(value).some((child) => isDeeperThan(depth - 1, child))
}

function fit(value: unknown, place: Place): unknown {
  if (sizeOf(value, place.maxBytes) <= place.maxBytes) return value
  if (isTree(value)) return fitTree(value, place)
  place.cut.push(place.path)
  if (typeof value !== 'string') return null
  return startOf(value, place.maxBytes - Buffer.byteLength(ellipsis)) + ellipsis
}

function fitTree(tree: object, place: Place): object {
  const room = place.maxBytes - '{}'.length
  const kept = childrenThatFit(tree, room)
  if (kept.length < Object.keys(tree).length) place.cut.push(place.path)
  const share = fairShare(
    kept.map((child) => child.bytes),
    kept.reduce((left, child) => left - child.nameBytes, room),
  )
  const fitted = kept.map(({ name, child }) => ({
    name,
    child: fit(child, { ...place, maxBytes: share, path: pathTo(name, place.path) }),
  }))
  return rebuilt(tree, fitted)
}

interface MeasuredChild extends Child {
  readonly nameBytes: number
  readonly bytes: number
}

/** Enough for any number, and for a text to be recognised by its beginning. */
const minBytes = 32

/** As many as have room for their names and for the least that can be said of each. */
function childrenThatFit(tree: object, maxBytes: number): readonly MeasuredChild[] {
  const fitting: MeasuredChild[] = []
  let taken = 0
  for (const { name, child } of childrenOf(tree)) {
    const nameBytes = nameSize(name)
    const bytes = sizeOf(child, maxBytes)
    taken += nameBytes + Math.min(bytes, minBytes)
    if (taken > maxBytes) break
    fitting.push({ name, child, nameBytes, bytes })
  }
  return fitting
}

/** The size to which the larger ones must come down so that all together take `maxBytes`. */
function fairShare(sizes: readonly number[], maxBytes: number): number {
  let left = maxBytes
  for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (sizes.length - index))
    if (size > share) return share
    left -= size
  }
  return maxBytes
}

/** How many bytes `value` takes as JSON in UTF-8, in the way of `safeJson`. */
export function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(safeJson(jsonText(value)))
}

/** Exact up to `enough`, and then only more than that: megabytes are not written to be counted. */
function sizeOf(value: unknown, enough: number): number {
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
function nameSize(name: string | number): number {
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

interface Child {
  readonly name: string | number
  readonly child: unknown
}

function* childrenOf(tree: object): Generator<Child> {
  if (Array.isArray(tree)) {
    for (const [name, child] of tree.entries()) yield { name, child }
    return
  }
  const children: Record<string, unknown> = { ...tree }
  for (const name of Object.keys(children)) yield { name, child: children[name] }
}

/** What `tree` is, a list or an object, of other children. */
function rebuilt(tree: object, children: readonly Child[]): object {
  if (Array.isArray(tree)) return children.map(({ child }) => child)
  return Object.fromEntries(children.map(({ name, child }) => [name, child]))
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** `result.data["text/plain"]`, `error.traceback[3]`. */
function pathTo(name: string | number, path: string): string {
  if (typeof name === 'number') return `${path}[${name}]`
  if (!/^\w+$/.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}
